use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut person = cascade(("jobs", "user_id"), "users");
        let table = table(manager, "jobs")
            .col(pk())
            .col(key(manager, "public_id", 64))
            .col(key(manager, "kind", 64))
            .col(big_integer_null("user_id"))
            .col(text("payload"))
            .col(key(manager, "state", 16))
            .col(integer("tries"))
            .col(at("due_at"))
            .col(string_len_null("lease", 22))
            .col(string_len("error", 255))
            .col(at("created_at"))
            .col(at_or_null("ended_at"))
            .index(Index::create().unique().name("jobs_public_id").col("public_id"))
            // What is to be told to somebody outlives their account.
            .foreign_key(person.on_delete(ForeignKeyAction::SetNull))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("jobs").if_exists().take()).await
    }
}
