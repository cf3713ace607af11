use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "user_roles")
            .col(big_integer("user_id"))
            .col(big_integer("role_id"))
            .primary_key(Index::create().col("user_id").col("role_id"))
            .foreign_key(&mut cascade(("user_roles", "user_id"), "users"))
            .foreign_key(&mut cascade(("user_roles", "role_id"), "roles"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("user_roles").if_exists().take()).await
    }
}
