//! What happened, who did it and from where. Append-only.
use super::Client;
use crate::{db::Timestamp, entity::audit};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Register,
    SignIn,
    SignOut,
    Prove,
    UpdateProfile,
    ChangePassword,
    SetPassword,
    CreateUser,
    DeleteUser,
    Activate,
    Deactivate,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::Prove => "prove",
            Self::UpdateProfile => "update-profile",
            Self::ChangePassword => "change-password",
            Self::SetPassword => "set-password",
            Self::CreateUser => "create-user",
            Self::DeleteUser => "delete-user",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
        }
    }
}

/// One line of the audit.
#[derive(Debug)]
pub struct Entry<'a> {
    pub action: Action,
    pub succeeded: bool,
    /// Who did it; None where nobody is signed in.
    pub actor: Option<i64>,
    /// The person it was done to.
    pub user: Option<i64>,
    /// Never a secret, and of people without an account only a hash.
    pub detail: &'a str,
}

pub async fn record(connection: &impl ConnectionTrait, client: &Client, entry: Entry<'_>) -> Result<(), DbErr> {
    let row = audit::ActiveModel {
        at: Set(Timestamp::now()),
        action: Set(entry.action.name().to_owned()),
        outcome: Set(if entry.succeeded { "success" } else { "failure" }.to_owned()),
        actor_id: Set(entry.actor),
        target: Set(entry.user.map(|id| format!("user:{id}"))),
        detail: Set(entry.detail.chars().take(255).collect()),
        ip: Set(client.ip.to_string()),
        request_id: Set(client.request_id.clone()),
        ..Default::default()
    };
    audit::Entity::insert(row).exec_without_returning(connection).await.map(drop)
}
