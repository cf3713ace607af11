#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::away::TRANSACTION;
use super::{
    Db,
    away::{BUSY, STATEMENT, is_opened_by_another},
};
use crate::config::DatabaseUrl;
use anyhow::{Context, Result};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use sqlx::Executor;
use std::{
    fs,
    future::ready,
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Opens a pool, and for SQLite first the file: 0600 in a folder of 0700, before anything is written to it.
pub async fn connect(url: &DatabaseUrl, pool_size: u32) -> Result<Db> {
    Ok(Db::new(url.clone(), pool_size, open_pool(url, pool_size).await?))
}

/// What connections are for.
#[derive(Clone, Copy)]
struct Purpose {
    /// So long SQLite waits for its lock.
    busy: Duration,
    /// So long a server works on a statement.
    statement: Option<Duration>,
    foreign_keys: bool,
}

pub(super) async fn open_pool(url: &DatabaseUrl, size: u32) -> Result<DatabaseConnection> {
    open(url, size, Purpose { busy: BUSY, statement: Some(STATEMENT), foreign_keys: true }).await
}

/// One connection for migrations: rebuilding a table with foreign keys on would delete the rows that refer to it.
pub(super) async fn connect_for_migrations(url: &DatabaseUrl) -> Result<DatabaseConnection> {
    open(url, 1, Purpose { busy: Duration::from_secs(60), statement: None, foreign_keys: false }).await
}

async fn open(url: &DatabaseUrl, size: u32, purpose: Purpose) -> Result<DatabaseConnection> {
    if let Some(path) = url.sqlite_path() {
        create_private(path).with_context(|| {
            format!(
                "cannot write the database file {}. Make it and its folder writable, or set DATABASE_URL to another place",
                path.display()
            )
        })?;
    }
    let hint = match url.backend() {
        DbBackend::Sqlite => "Is the folder writable, and is the file an SQLite database?",
        _ => "Does the server run, and are host, port, name and password in DATABASE_URL right?",
    };
    let started = Instant::now();
    loop {
        let opened = Database::connect(options(url, size, purpose)).await;
        if !opened.as_ref().is_err_and(is_opened_by_another) || started.elapsed() > BUSY {
            return opened.with_context(|| format!("cannot open the database {url}. {hint}"));
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn options(url: &DatabaseUrl, size: u32, purpose: Purpose) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.expose());
    options
        .max_connections(size)
        .sqlx_logging(false)
        .connect_timeout(Duration::from_secs(2))
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    #[cfg(feature = "sqlite")]
    options
        .map_sqlx_sqlite_opts(move |sqlite| sqlite_options(sqlite, purpose))
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(is_outside_transactions(connection)))));
    #[cfg(feature = "postgres")]
    options
        .map_sqlx_postgres_pool_opts(move |pool| pool.after_connect(move |connection, _| Box::pin(prepare_postgres(connection, purpose))));
    #[cfg(feature = "mysql")]
    options.map_sqlx_mysql_pool_opts(move |pool| pool.after_connect(move |connection, _| Box::pin(prepare_mysql(connection, purpose))));
    options
}

#[cfg(feature = "sqlite")]
fn sqlite_options(options: sqlx::sqlite::SqliteConnectOptions, purpose: Purpose) -> sqlx::sqlite::SqliteConnectOptions {
    use sqlx::sqlite::{SqliteJournalMode::Wal, SqliteSynchronous::Full};
    let options = options.journal_mode(Wal).synchronous(Full).pragma("journal_size_limit", "67108864");
    options.foreign_keys(purpose.foreign_keys).busy_timeout(purpose.busy)
}

/// Where the disk is full SQLite rolls back by itself, which sqlx does not notice: it would begin the next transaction inside one
/// that nobody commits.
#[cfg(feature = "sqlite")]
fn is_outside_transactions(connection: &sqlx::SqliteConnection) -> bool {
    !sqlx::Connection::is_in_transaction(connection)
}

#[cfg(feature = "postgres")]
async fn prepare_postgres(connection: &mut sqlx::PgConnection, purpose: Purpose) -> Result<(), sqlx::Error> {
    let Some(limit) = purpose.statement else { return Ok(()) };
    let (limit, pause) = (limit.as_millis(), TRANSACTION.as_millis());
    let sql = format!("SET statement_timeout = {limit}; SET idle_in_transaction_session_timeout = {pause}");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop)
}

/// By default InnoDB locks the gaps between rows, so that two people who register at once deadlock, and a server may be set
/// to cut what is too long for its column. MySQL and MariaDB each limit a statement by a setting that the other lacks: each skips
/// the other's comment.
#[cfg(feature = "mysql")]
async fn prepare_mysql(connection: &mut sqlx::MySqlConnection, purpose: Purpose) -> Result<(), sqlx::Error> {
    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
    connection.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')").await?;
    let Some(limit) = purpose.statement else { return Ok(()) };
    let (seconds, ms) = (limit.as_secs(), limit.as_millis());
    let pause = TRANSACTION.as_secs();
    let statement =
        format!("/*M! , max_statement_time = {seconds}, idle_transaction_timeout = {pause} */ /*!50708 , max_execution_time = {ms} */");
    let sql = format!("SET SESSION innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds} {statement}");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop)
}

/// SQLite's `-wal` and `-shm` files inherit the mode of the file.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    let mut file = fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        folder.recursive(true).create(parent)?;
    }
    file.open(path).map(|_| ())
}
