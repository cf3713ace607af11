use super::Db;
use crate::config::DatabaseUrl;
use anyhow::{Context, Result};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};
use std::{fs, path::Path, time::Duration};

/// Opens a pool, and for SQLite first the file: 0600 in a folder of 0700, before anything is written to it.
pub async fn connect(url: &DatabaseUrl, pool_size: u32) -> Result<Db> {
    Ok(Db::new(url.clone(), pool_size, open_pool(url, pool_size).await?))
}

pub(super) async fn open_pool(url: &DatabaseUrl, size: u32) -> Result<DatabaseConnection> {
    let mut options = options(url, Duration::from_secs(5))?;
    options.max_connections(size);
    #[cfg(feature = "postgres")]
    options.map_sqlx_postgres_pool_opts(|pool| pool.after_connect(|connection, _| Box::pin(limit_postgres(connection))));
    #[cfg(feature = "mysql")]
    options.map_sqlx_mysql_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async {
                prepare_mysql(connection).await?;
                limit_mysql(connection).await
            })
        })
    });
    open(url, options).await
}

/// A little longer than anybody waits for an answer: the connection of who gave up would else stay with the lock it waits for.
#[cfg(feature = "postgres")]
async fn limit_postgres(connection: &mut sqlx::PgConnection) -> Result<(), sqlx::Error> {
    sqlx::Executor::execute(connection, "SET statement_timeout = '3s'").await.map(drop)
}

#[cfg(feature = "mysql")]
async fn limit_mysql(connection: &mut sqlx::MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::Executor::execute(connection, "SET SESSION innodb_lock_wait_timeout = 3, lock_wait_timeout = 3").await.map(drop)
}

/// One connection for migrations: rebuilding a table with foreign keys on would delete the rows that refer to it.
pub(super) async fn connect_for_migrations(url: &DatabaseUrl) -> Result<DatabaseConnection> {
    let mut options = options(url, Duration::from_secs(60))?;
    options.max_connections(1);
    #[cfg(feature = "sqlite")]
    options.map_sqlx_sqlite_opts(|sqlite| sqlite_options(sqlite, Duration::from_secs(60)).foreign_keys(false));
    open(url, options).await
}

async fn open(url: &DatabaseUrl, options: ConnectOptions) -> Result<DatabaseConnection> {
    let hint = match url.backend() {
        DbBackend::Sqlite => "Is the folder writable, and is the file an SQLite database?",
        _ => "Does the server run, and are host, name and password in DATABASE_URL right?",
    };
    Database::connect(options).await.with_context(|| format!("cannot open the database {url}. {hint}"))
}

fn options(url: &DatabaseUrl, busy: Duration) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::new(url.expose());
    options
        .sqlx_logging(false)
        .connect_timeout(Duration::from_secs(2))
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    if let Some(path) = url.sqlite_path() {
        create_private(path).with_context(|| {
            format!(
                "cannot write the database file {}. Make it and its folder writable, or set DATABASE_URL to another place",
                path.display()
            )
        })?;
    }
    #[cfg(feature = "sqlite")]
    options
        .map_sqlx_sqlite_opts(move |sqlite| sqlite_options(sqlite, busy))
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(std::future::ready(Ok(is_outside_transactions(connection)))));
    #[cfg(feature = "mysql")]
    options.map_sqlx_mysql_pool_opts(|pool| pool.after_connect(|connection, _| Box::pin(prepare_mysql(connection))));
    Ok(options)
}

#[cfg(feature = "sqlite")]
fn sqlite_options(options: sqlx::sqlite::SqliteConnectOptions, busy: Duration) -> sqlx::sqlite::SqliteConnectOptions {
    use sqlx::sqlite::{SqliteJournalMode::Wal, SqliteSynchronous::Full};
    options.journal_mode(Wal).synchronous(Full).foreign_keys(true).busy_timeout(busy).pragma("journal_size_limit", "67108864")
}

/// Where the disk is full SQLite rolls back by itself, which sqlx does not notice: it would begin the next transaction inside one
/// that nobody commits.
#[cfg(feature = "sqlite")]
fn is_outside_transactions(connection: &sqlx::SqliteConnection) -> bool {
    !sqlx::Connection::is_in_transaction(connection)
}

/// By default InnoDB locks the gaps between rows, so that two people who register at once deadlock, and a server may be set
/// to cut what is too long for its column.
#[cfg(feature = "mysql")]
async fn prepare_mysql(connection: &mut sqlx::MySqlConnection) -> Result<(), sqlx::Error> {
    use sqlx::Executor;
    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
    connection.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')").await.map(drop)
}

/// SQLite's `-wal` and `-shm` files inherit the mode of the file.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
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
