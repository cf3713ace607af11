use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "oauth_attempts")
            .col(key(manager, "id", 43).primary_key())
            .col(key(manager, "provider", 64))
            .col(key(manager, "intent", 16))
            .col(key(manager, "browser", 43))
            .col(big_integer_null("user_id"))
            .col(string_len_null("session", 22))
            .col(text("sealed"))
            .col(at("created_at"))
            .col(at("expires_at"))
            .col(at_or_null("used_at"))
            .foreign_key(&mut cascade(("oauth_attempts", "user_id"), "users"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "oauth_attempts", &["browser"]).await?;
        index(manager, "oauth_attempts", &["user_id"]).await?;
        index(manager, "oauth_attempts", &["expires_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("oauth_attempts").if_exists().take()).await
    }
}
