use sea_orm::entity::prelude::*;

/// Whoever holds `role` holds `included` too.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_includes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub included_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
