use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "provider_tokens")
            .col(pk())
            .col(key(manager, "owner", 80))
            .col(big_integer_null("identity_id"))
            .col(text("sealed"))
            .col(at("created_at"))
            .col(at("updated_at"))
            .index(&mut Index::create().unique().name("provider_tokens_owner").col("owner").take())
            .foreign_key(&mut cascade(("provider_tokens", "identity_id"), "identities"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "provider_tokens", &["identity_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("provider_tokens").if_exists().take()).await
    }
}
