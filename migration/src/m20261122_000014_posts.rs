use crate::columns::*;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = table(manager, "posts")
            .col(pk())
            .col(big_integer("author_id"))
            .col(string_len("title", 200))
            .col(text("body"))
            .col(at("created_at"))
            .col(at("updated_at"))
            .foreign_key(&mut cascade(("posts", "author_id"), "users"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "posts", &["author_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("posts").if_exists().take()).await
    }
}
