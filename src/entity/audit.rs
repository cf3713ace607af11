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
    /// What it was done to, as `user:7`.
    pub target: Option<String>,
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

    /// The person it was done to.
    pub fn user_id(&self) -> Option<i64> {
        self.target.as_deref()?.strip_prefix("user:")?.parse().ok()
    }
}

impl ActiveModelBehavior for ActiveModel {}
