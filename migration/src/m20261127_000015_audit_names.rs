use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What those were called whom a row is about, since they may be renamed or deleted.
const COLUMNS: [&str; 2] = ["actor_name", "target_name"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            if !manager.has_column("audit", column).await? {
                manager.alter_table(Table::alter().table("audit").add_column(string_len(column, 64).default("")).take()).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            if manager.has_column("audit", column).await? {
                manager.alter_table(Table::alter().table("audit").drop_column(column).take()).await?;
            }
        }
        Ok(())
    }
}
