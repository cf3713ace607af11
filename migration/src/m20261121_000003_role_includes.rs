use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "role_includes")
            .col(big_integer("role_id"))
            .col(big_integer("included_id"))
            .primary_key(Index::create().col("role_id").col("included_id"))
            .foreign_key(&mut cascade(("role_includes", "role_id"), "roles"))
            .foreign_key(&mut cascade(("role_includes", "included_id"), "roles"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("role_includes").if_exists().take()).await
    }
}
