//! What happened, who did it and from where. Append-only.
mod action;
mod history;

pub use crate::entity::audit::Model as Record;
pub use action::Action;
pub use history::{Filter, Mark, PAGE, about, history, last_failures};

use super::{Actor, Client, User, roles::Role};
use crate::{
    db::{Db, Timestamp},
    entity::audit,
    jobs,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    /// A failure that reached a limit. The tries after it are refused unseen and leave no row, so that guesses cannot fill the table.
    Closed,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Success, Self::Failure, Self::Closed];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Closed => "closed",
        }
    }
}

/// One line of the audit.
#[derive(Debug)]
pub struct Entry {
    action: Action,
    outcome: Outcome,
    /// Who did it; None where nobody is signed in.
    actor: Option<Name>,
    target: Option<(&'static str, Name)>,
    detail: String,
}

/// An id, and what its row is called at the moment.
type Name = (i64, String);

fn name(user: &User) -> Name {
    (user.id, user.username.clone())
}

impl Entry {
    /// Done by a person to their own account.
    pub fn by(user: &User, action: Action) -> Self {
        Self { actor: Some(name(user)), ..Self::about(Some(user), action) }
    }

    /// Done by nobody who is signed in, perhaps to nobody who exists.
    pub fn about(user: Option<&User>, action: Action) -> Self {
        let entry = Self { action, outcome: Outcome::Success, actor: None, target: None, detail: String::new() };
        match user {
            Some(user) => entry.on_user(user),
            None => entry,
        }
    }

    /// Done to others.
    pub fn of(actor: &Actor<'_>, action: Action) -> Self {
        Self { actor: actor.user.map(name), ..Self::about(None, action) }
    }

    pub fn on_user(self, user: &User) -> Self {
        Self { target: Some(("user", name(user))), ..self }
    }

    pub fn on_role(self, role: &Role) -> Self {
        Self { target: Some(("role", (role.id, role.name.clone()))), ..self }
    }

    pub fn on_job(self, job: &jobs::Row) -> Self {
        Self { target: Some(("job", (job.id, job.kind.clone()))), ..self }
    }

    pub fn outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Never a secret, and of people without an account only a hash.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

/// When the last thing happened.
pub async fn newest(db: &Db) -> Result<Option<Timestamp>, DbErr> {
    let newest = audit::Entity::find().select_only().column(audit::Column::At).order_by_desc(audit::Column::At);
    newest.into_tuple().one(db).await
}

pub async fn record(connection: &impl ConnectionTrait, client: &Client, entry: Entry) -> Result<(), DbErr> {
    let (actor_id, actor_name) = entry.actor.unzip();
    let (target, target_name) = entry.target.map(|(kind, (id, name))| (format!("{kind}:{id}"), name)).unzip();
    let row = audit::ActiveModel {
        at: Set(Timestamp::now()),
        action: Set(entry.action.name().to_owned()),
        outcome: Set(entry.outcome.name().to_owned()),
        actor_id: Set(actor_id),
        actor_name: Set(actor_name.unwrap_or_default()),
        target: Set(target),
        target_name: Set(target_name.unwrap_or_default()),
        detail: Set(entry.detail),
        ip: Set(client.ip.to_string()),
        request_id: Set(client.request_id.clone()),
        ..Default::default()
    };
    audit::Entity::insert(row).exec_without_returning(connection).await.map(drop)
}
