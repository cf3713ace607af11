//! Who people are: register, sign in, change credentials, sessions, throttles, audit. Knows the database, no HTTP.
mod actor;
pub mod admin;
pub mod audit;
mod authenticate;
mod cleanup;
mod client;
mod confirm;
mod credentials;
mod devices;
mod email;
mod error;
mod identifier;
pub mod identities;
pub mod jobs;
mod links;
mod names;
pub mod passwords;
pub mod people;
mod permissions;
pub mod personas;
mod profile;
mod reason;
mod register;
pub mod roles;
pub mod seed;
pub mod sessions;
pub mod setup;
pub mod throttle;
pub mod tokens;

pub use crate::entity::user::Model as User;
pub use actor::Actor;
pub use authenticate::{Authenticated, authenticate};
pub use cleanup::{Over, clean_up, count_over};
pub use client::Client;
pub use confirm::{confirm, find_confirmation, send_confirmation};
pub use credentials::{PasswordChange, change_password, find_by_link, prove_password, reset_password, set_password};
pub use devices::{KNOWN_FOR, find_not_me, not_me};
pub use email::{
    WantedEmail, cancel_email_change, change_email, find_email_change, find_undo, pending_email, request_email_change, undo_email_change,
};
pub use error::{Error, Result};
pub use identifier::Identifier;
pub use links::{ForgottenPassword, WantedRegistration, ask_to_register, forgot_password, may_mail};
pub use names::{DisplayName, Email, RoleName, Username, fold};
pub use passwords::Password;
pub use permissions::{Permission, Permissions};
pub use profile::update_profile;
pub use reason::Reason;
pub use register::{NewUser, complete_registration, find_registration, may_register, register};
pub use sessions::{Confirmation, Viewer};
pub use tokens::Token;

use crate::{
    config::Config,
    db::Tx,
    entity::user,
    mail::{self, messages},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

/// The person as they are now, locked. Who locks a row of theirs, such as a session or a link, or makes one, locks this one first,
/// so that no two wait for each other.
async fn lock(tx: &Tx, user_id: i64) -> Result<Option<User>, DbErr> {
    user::Entity::find_by_id(user_id).lock_exclusive().one(tx).await
}

/// Who has the address, or may take an account back by it.
async fn find_owner(tx: &Tx, email: &str) -> Result<Option<User>, DbErr> {
    match find_by_email(tx, email).await? {
        Some(owner) => Ok(Some(owner)),
        None => tokens::undo_owner(tx, email).await,
    }
}

/// Tells somebody what was done to their account, in a whole sentence. Does nothing where there is no mail.
async fn notify(tx: &Tx, config: &Config, user: &User, what: &str, reason: Option<&Reason>) -> Result<(), DbErr> {
    let notice = messages::AccountNotice { username: user.username.clone(), what: what.to_owned(), reason: reason.map(Reason::to_string) };
    mail::send(tx, config, &user.email, Some(user.id), &notice).await
}

/// By the address as it is stored.
async fn find_by_email(connection: &impl ConnectionTrait, email: &str) -> Result<Option<User>, DbErr> {
    user::Entity::find().filter(user::Column::Email.eq(email)).one(connection).await
}

/// By email address or username, however spelled.
pub async fn find(connection: &impl ConnectionTrait, identifier: &Identifier) -> Result<Option<User>, DbErr> {
    let query = user::Entity::find();
    let query = match identifier {
        Identifier::Email(email) => query.filter(user::Column::Email.eq(email.as_str())),
        Identifier::Username(username) => query.filter(user::Column::Username.eq(username.as_str())),
        Identifier::Nobody(_) => return Ok(None),
    };
    query.one(connection).await
}
