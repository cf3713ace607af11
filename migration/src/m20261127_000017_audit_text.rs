use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A line that may be cut can be made to hide what was done. SQLite knows no lengths.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        change(manager, text("detail")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let detail = Func::cust("SUBSTR").args([Expr::col("detail"), Expr::val(1), Expr::val(1024)]);
        manager.execute(Query::update().table("audit").value("detail", detail).take()).await?;
        change(manager, string_len("detail", 1024)).await
    }
}

async fn change(manager: &SchemaManager<'_>, column: ColumnDef) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    manager.alter_table(Table::alter().table("audit").modify_column(column).take()).await
}
