//! Column and table shapes that mean the same on SQLite, PostgreSQL and MySQL/MariaDB.
use sea_orm_migration::{
    prelude::*,
    schema,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub fn pk() -> ColumnDef {
    schema::big_integer("id").auto_increment().primary_key().take()
}

/// Text that is compared, sorted or unique: bytes decide, never a locale. MySQL gets the same from `table()`.
pub fn key(manager: &SchemaManager, name: &'static str, length: u32) -> ColumnDef {
    let mut column = schema::string_len(name, length);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Unix milliseconds, UTC.
pub fn at(name: &'static str) -> ColumnDef {
    schema::big_integer(name)
}

pub fn at_or_null(name: &'static str) -> ColumnDef {
    schema::big_integer_null(name)
}

/// A table with a binary collation on MySQL, whose default would call `a` and `á` equal.
pub fn table(manager: &SchemaManager, name: &'static str) -> TableCreateStatement {
    let mut table = Table::create().table(name).if_not_exists().to_owned();
    if manager.get_database_backend() == DbBackend::MySql {
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

pub fn cascade(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{}_{}_fkey", from.0, from.1))
        .from(from.0, from.1)
        .to(to, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// A plain index, safe to run again on MySQL, where DDL has no transaction.
pub async fn index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let name = format!("{table}_{}", columns.join("_"));
    if manager.has_index(table, &name).await? {
        return Ok(());
    }
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

/// MySQL refuses to drop the one index of a foreign key, which goes with its table.
pub async fn drop_index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::MySql && is_foreign_key(manager, table, columns[0]).await? {
        return Ok(());
    }
    manager.drop_index(Index::drop().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned()).await
}

async fn is_foreign_key(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<bool, DbErr> {
    let keys = Query::select()
        .column("constraint_name")
        .from(("information_schema", "key_column_usage"))
        .and_where(Expr::col("table_schema").eq(Func::cust("database")))
        .and_where(Expr::col("table_name").eq(table))
        .and_where(Expr::col("column_name").eq(column))
        .and_where(Expr::col("referenced_table_name").is_not_null())
        .take();
    Ok(manager.get_connection().query_one(&keys).await?.is_some())
}
