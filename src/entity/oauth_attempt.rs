use crate::db::Timestamp;
use sea_orm::{Condition, entity::prelude::*};

/// Somebody is on their way to a provider and back, or has come back and has yet to say more.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_attempts")]
pub struct Model {
    /// SHA-256 of the state.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub provider: String,
    pub intent: String,
    /// SHA-256 of the cookie of the browser that began it: in no other it ends.
    pub browser: String,
    /// Who was signed in, where it is for them.
    pub user_id: Option<i64>,
    /// The public id of the session that they had.
    pub session: Option<String>,
    /// What only the way back needs, verifier and nonce among it.
    #[sea_orm(column_type = "Text")]
    pub sealed: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}

/// They lead nowhere even before they are deleted.
pub fn over() -> Condition {
    Condition::all().add(Column::ExpiresAt.lte(Timestamp::now()))
}
