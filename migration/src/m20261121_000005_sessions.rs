use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "sessions")
            .col(key(manager, "id", 43).primary_key())
            .col(key(manager, "public_id", 22))
            .col(big_integer_null("user_id"))
            .col(text("data"))
            .col(boolean("remember"))
            .col(at("created_at"))
            .col(at("last_seen_at"))
            .col(at_or_null("proven_at"))
            .col(at("idle_at"))
            .col(at("ends_at"))
            .col(string_len("ip", 45))
            .col(string_len("user_agent", 255))
            .index(Index::create().unique().name("sessions_public_id").col("public_id"))
            .foreign_key(&mut cascade(("sessions", "user_id"), "users"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sessions").if_exists().take()).await
    }
}
