use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

/// A one-time link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tokens")]
pub struct Model {
    /// SHA-256 of the token: a copy of this table opens nothing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub purpose: String,
    /// None: for somebody who has yet to register.
    pub user_id: Option<i64>,
    /// The address that using it proves; None where it was shown and not mailed.
    pub email: Option<String>,
    /// The session that it is about, by its public id.
    pub session: Option<String>,
    /// Who made it for somebody else, and has seen it.
    pub made_by: Option<i64>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
