use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

/// A browser that somebody signed in with.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub struct Model {
    /// SHA-256 of the person's id and the browser's cookie: nobody can tell who else used it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub user_id: i64,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
