use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "tokens")
            .col(key(manager, "id", 43).primary_key())
            .col(key(manager, "purpose", 32))
            .col(big_integer_null("user_id"))
            .col(string_len_null("email", 254))
            .col(string_len_null("session", 22))
            .col(at("created_at"))
            .col(at("expires_at"))
            .col(at_or_null("used_at"))
            .foreign_key(&mut cascade(("tokens", "user_id"), "users"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("tokens").if_exists().take()).await
    }
}
