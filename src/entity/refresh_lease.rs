use crate::db::Timestamp;
use sea_orm::{Condition, entity::prelude::*};

/// Somebody fetches new tokens for an owner at the moment, and nobody else may.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_leases")]
pub struct Model {
    /// [`Owner::key`](super::provider_token::Owner::key).
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    /// Known to whoever holds it.
    pub lease: String,
    pub ends_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whoever held it died before they could give it back.
pub fn over() -> Condition {
    Condition::all().add(Column::EndsAt.lte(Timestamp::now()))
}
