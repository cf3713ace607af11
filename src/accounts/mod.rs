//! Who people are: register, sign in, change credentials, sessions, throttles, audit. Knows the database, no HTTP.
pub mod admin;
pub mod audit;
mod authenticate;
mod client;
mod credentials;
mod error;
mod names;
pub mod passwords;
mod permissions;
mod profile;
mod register;
pub mod sessions;
pub mod throttle;

pub use crate::entity::user::Model as User;
pub use authenticate::{Authenticated, authenticate};
pub use client::Client;
pub use credentials::{PasswordChange, change_password, prove_password};
pub use error::{Error, Result};
pub use names::{DisplayName, Email, Identifier, Username, fold};
pub use passwords::Password;
pub use permissions::{Permission, Permissions};
pub use profile::update_profile;
pub use register::{NewUser, register};
pub use sessions::Viewer;

use crate::{db::Db, entity::user};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

/// By email address or username, however spelled.
pub async fn find(db: &Db, identifier: &Identifier) -> Result<Option<User>, DbErr> {
    let query = user::Entity::find();
    let query = match identifier {
        Identifier::Email(email) => query.filter(user::Column::Email.eq(email.as_str())),
        Identifier::Username(username) => query.filter(user::Column::Username.eq(username.as_str())),
        Identifier::Nobody(_) => return Ok(None),
    };
    query.one(db).await
}

/// Rows that are over: sessions that ended, limits whose window did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Over {
    pub sessions: u64,
    pub throttles: u64,
}

/// How many there are.
pub async fn count_over(db: &Db) -> Result<Over, DbErr> {
    Ok(Over { sessions: sessions::count_over(db).await?, throttles: throttle::count_over(db).await? })
}

/// Deletes them, a thousand at a time, so that nobody else waits for long.
pub async fn clean_up(db: &Db) -> Result<Over, DbErr> {
    let mut deleted = Over::default();
    loop {
        let (sessions, throttles) = (sessions::clean_up(db).await?, throttle::clean_up(db).await?);
        deleted.sessions += sessions;
        deleted.throttles += throttles;
        if sessions + throttles == 0 {
            return Ok(deleted);
        }
    }
}
