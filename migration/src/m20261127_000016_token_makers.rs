use crate::columns::{drop_index, index};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !manager.has_column("tokens", "made_by").await? {
            manager.alter_table(Table::alter().table("tokens").add_column(big_integer_null("made_by")).take()).await?;
        }
        index(manager, "tokens", &["made_by"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "tokens", &["made_by"]).await?;
        manager.alter_table(Table::alter().table("tokens").drop_column("made_by").take()).await
    }
}
