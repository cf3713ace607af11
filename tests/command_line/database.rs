//! What stands in the database of a program.
use crate::support::Program;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

pub async fn open(program: &Program) -> DatabaseConnection {
    Database::connect(program.database_url()).await.unwrap()
}

pub async fn execute(program: &Program, sql: &str) {
    let connection = open(program).await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

pub async fn count(database: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

/// Nobody without a password or a role, and no page of the file damaged.
pub async fn is_whole(program: &Program) {
    let database = open(program).await;
    let half_made = "SELECT COUNT(*) AS n FROM users WHERE password_hash IS NULL OR id NOT IN (SELECT user_id FROM user_roles)";
    assert_eq!(count(&database, half_made).await, 0);
    if database.get_database_backend() == DbBackend::Sqlite {
        assert_eq!(count(&database, "SELECT COUNT(*) AS n FROM pragma_integrity_check WHERE integrity_check = 'ok'").await, 1);
    }
}
