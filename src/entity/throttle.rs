use crate::db::Timestamp;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttles")]
pub struct Model {
    /// The limit's name and a hash of whom it counts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub count: i64,
    pub resets_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
