use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "users")
            .col(pk())
            .col(key(manager, "email", 254))
            .col(key(manager, "username", 32))
            .col(string_len("name", 64))
            .col(key(manager, "name_key", 255))
            .col(string_len_null("password_hash", 255))
            .col(big_integer("credentials").default(0))
            .col(at_or_null("email_confirmed_at"))
            .col(at_or_null("deactivated_at"))
            .col(at_or_null("last_sign_in_at"))
            .col(at("created_at"))
            .col(at("updated_at"))
            .index(Index::create().unique().name("users_email").col("email"))
            .index(Index::create().unique().name("users_username").col("username"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("users").if_exists().take()).await
    }
}
