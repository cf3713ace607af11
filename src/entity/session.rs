use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SHA-256 of the cookie's value: a copy of this table signs nobody in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Names the session where people see it; outlives renewals.
    #[sea_orm(unique)]
    pub public_id: String,
    /// None: a visitor who has not signed in.
    pub user_id: Option<i64>,
    /// JSON of what handlers put into their `Session`; never anything about the person.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// Kept when the browser closes, with lifetimes of its own.
    pub remember: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// When the person last proved who they are.
    pub proven_at: Option<Timestamp>,
    /// Ends here unless it is used before.
    pub idle_at: Timestamp,
    /// Ends here at the latest.
    pub ends_at: Timestamp,
    pub ip: String,
    pub user_agent: String,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: HasOne<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
