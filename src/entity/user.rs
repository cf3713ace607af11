use crate::db::Timestamp;
use sea_orm::entity::prelude::*;
use std::fmt;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub email: String,
    #[sea_orm(unique)]
    pub username: String,
    /// As the person wants to be called; empty until they say.
    pub name: String,
    /// `name` folded, for searching.
    pub name_key: String,
    /// None: signs in through a provider only, or has yet to choose one.
    pub password_hash: Option<PasswordHash>,
    /// Raised whenever a password is set or removed, so that no sign-in with the old one outlives it.
    pub credentials: i64,
    pub email_confirmed_at: Option<Timestamp>,
    pub deactivated_at: Option<Timestamp>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[sea_orm(has_many, via = "user_role")]
    pub roles: HasMany<super::role::Entity>,
    #[sea_orm(has_many)]
    pub posts: HasMany<super::post::Entity>,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::session::Entity>,
}

impl Model {
    pub fn is_active(&self) -> bool {
        self.deactivated_at.is_none()
    }

    pub fn has_password(&self) -> bool {
        self.password_hash.is_some()
    }

    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { &self.username } else { &self.name }
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// A PHC string. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
