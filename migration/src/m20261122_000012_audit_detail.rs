use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What was before and after takes more than a line. SQLite knows no lengths.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        resize(manager, 1024).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let detail = Func::cust("SUBSTR").args([Expr::col("detail"), Expr::val(1), Expr::val(255)]);
        manager.execute(Query::update().table("audit").value("detail", detail).take()).await?;
        resize(manager, 255).await
    }
}

async fn resize(manager: &SchemaManager<'_>, length: u32) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    manager.alter_table(Table::alter().table("audit").modify_column(string_len("detail", length)).take()).await
}
