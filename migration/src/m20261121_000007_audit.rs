use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "audit")
            .col(pk())
            .col(at("at"))
            .col(string_len("action", 64))
            .col(string_len("outcome", 16))
            .col(big_integer_null("actor_id"))
            .col(string_len_null("target", 64))
            .col(string_len("detail", 255))
            .col(string_len("ip", 45))
            .col(string_len("request_id", 32))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit").if_exists().take()).await
    }
}
