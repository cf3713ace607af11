use crate::columns::*;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "devices")
            .col(key(manager, "id", 43).primary_key())
            .col(big_integer("user_id"))
            .col(at("created_at"))
            .col(at("last_used_at"))
            .foreign_key(&mut cascade(("devices", "user_id"), "users"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "devices", &["user_id"]).await?;
        index(manager, "devices", &["last_used_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("devices").if_exists().take()).await
    }
}
