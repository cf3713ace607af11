use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

/// Append-only. Refers to people by id without a foreign key: what happened outlives them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub at: Timestamp,
    pub action: String,
    pub outcome: String,
    /// None: nobody had signed in, or the command line did it.
    pub actor_id: Option<i64>,
    /// Their username then; empty where nobody had signed in.
    pub actor_name: String,
    /// What it was done to, as `user:7`.
    pub target: Option<String>,
    /// What that was called then.
    pub target_name: String,
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    pub ip: String,
    pub request_id: String,
}

/// The request id of what no request did.
pub const COMMAND_LINE: &str = "command-line";

impl Model {
    pub fn is_by_command_line(&self) -> bool {
        self.request_id == COMMAND_LINE
    }

    /// Who did it, in a word or two.
    pub fn actor(&self) -> String {
        match self.actor_id {
            Some(id) if self.actor_name.is_empty() => format!("#{id}"),
            Some(_) => self.actor_name.clone(),
            None if self.is_by_command_line() => "command line".to_owned(),
            None => "nobody".to_owned(),
        }
    }

    /// What it was done to, in a word or two; empty where it was done to nothing.
    pub fn target(&self) -> &str {
        if self.target_name.is_empty() { self.target.as_deref().unwrap_or_default() } else { &self.target_name }
    }

    pub fn is_by(&self, user: &super::user::Model) -> bool {
        self.actor_id == Some(user.id)
    }

    /// Whether somebody did it to themselves.
    pub fn is_to_oneself(&self) -> bool {
        self.actor_id.is_some_and(|id| self.target.as_deref() == Some(&format!("user:{id}")))
    }
}

impl ActiveModelBehavior for ActiveModel {}
