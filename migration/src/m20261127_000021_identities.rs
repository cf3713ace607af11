use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut identity =
            Index::create().unique().name("identities_provider_issuer_subject").col("provider").col("issuer").col("subject").take();
        let table = table(manager, "identities")
            .col(pk())
            .col(big_integer("user_id"))
            .col(key(manager, "provider", 64))
            .col(key(manager, "issuer", 255))
            .col(key(manager, "subject", 255))
            .col(string_len("label", 254))
            .col(at("created_at"))
            .col(at_or_null("last_used_at"))
            .index(&mut identity)
            .foreign_key(&mut cascade(("identities", "user_id"), "users"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "identities", &["user_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("identities").if_exists().take()).await
    }
}
