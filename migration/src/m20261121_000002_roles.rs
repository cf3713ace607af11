use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "roles")
            .col(pk())
            .col(key(manager, "name", 64))
            .col(string_len("description", 255))
            .col(text("permissions"))
            .col(text("effective"))
            .index(Index::create().unique().name("roles_name").col("name"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("roles").if_exists().take()).await
    }
}
