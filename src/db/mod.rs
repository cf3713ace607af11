//! The one door to the database: the limit on each query, SQLite's one writer, and what "away" means.
//! Knows nothing of tables.
mod connect;
pub mod migrate;
mod timestamp;
mod writer;

pub use connect::connect;
pub use timestamp::Timestamp;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use writer::{WriterGuard, WriterLock};

/// A pool of connections. Deliberately not a `TransactionTrait`: transactions come from [`writing`] alone.
#[derive(Clone, Debug)]
pub struct Db {
    connection: DatabaseConnection,
    writer: WriterLock,
    round_trips: Arc<AtomicU64>,
}

/// A transaction that may write. Dropped without [`Tx::commit`], it rolls back.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
    round_trips: Arc<AtomicU64>,
    _writer: WriterGuard,
}

/// Begins a transaction that may write. Until it ends, use only the `Tx`, and neither hash nor wait for the network:
/// on SQLite nobody else in the process can write meanwhile.
pub async fn writing(db: &Db) -> Result<Tx, DbErr> {
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    limited(db.backend(), async {
        let guard = db.writer.lock().await;
        let transaction = db.connection.begin_with_options(options).await?;
        db.round_trips.fetch_add(1, Relaxed);
        Ok(Tx { transaction, round_trips: db.round_trips.clone(), _writer: guard })
    })
    .await
}

impl Db {
    fn new(connection: DatabaseConnection) -> Self {
        let writer = WriterLock::new(connection.get_database_backend() == DbBackend::Sqlite);
        Self { connection, writer, round_trips: Arc::default() }
    }

    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Statements sent so far, `BEGIN` and `COMMIT` included: what a test of "one query a page" counts.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Relaxed)
    }

    pub async fn ping(&self) -> Result<(), DbErr> {
        self.query_one_raw(Statement::from_string(self.backend(), "SELECT 1")).await.map(|_| ())
    }

    pub async fn close(self) -> Result<(), DbErr> {
        self.connection.close().await
    }

    async fn run<T>(&self, sql: &str, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.round_trips.fetch_add(1, Relaxed);
        limited(self.backend(), async {
            let _writer = if is_read(sql) { None } else { Some(self.writer.lock().await) };
            query.await
        })
        .await
    }
}

impl Tx {
    pub async fn commit(self) -> Result<(), DbErr> {
        self.round_trips.fetch_add(1, Relaxed);
        limited(self.transaction.get_database_backend(), self.transaction.commit()).await
    }

    async fn run<T>(&self, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.round_trips.fetch_add(1, Relaxed);
        limited(self.get_database_backend(), query).await
    }
}

/// Waiting for SQLite's lock is its `busy_timeout` of 5 s; elsewhere a silent server counts as away after 2.5 s.
async fn limited<T>(backend: DbBackend, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let limit = if backend == DbBackend::Sqlite { Duration::from_secs(6) } else { Duration::from_millis(2500) };
    let late = || DbErr::Conn(RuntimeErr::Internal(format!("the database did not answer within {limit:?}")));
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
}

fn is_read(sql: &str) -> bool {
    sql.get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("select"))
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = statement.sql.clone();
        self.run(&sql, self.connection.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(sql, self.connection.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        self.run(&sql, self.connection.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let sql = statement.sql.clone();
        self.run(&sql, self.connection.query_all_raw(statement)).await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(self.transaction.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(self.transaction.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(self.transaction.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(self.transaction.query_all_raw(statement)).await
    }
}

/// True where trying again later may help: the server is away, busy, full or read-only. The visitor gets a 503.
pub fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => is_away_to_sqlx(error),
        _ => false,
    }
}

fn is_away_to_sqlx(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
        #[cfg(feature = "mysql")]
        Database(error) if is_away_to_mysql(error.as_ref()) => true,
        Database(error) => error.code().is_some_and(|code| is_away_code(&code)),
        _ => false,
    }
}

/// Too many connections, disk full, shutting down, lock wait timeout, deadlock, read-only. Their SQLSTATE tells little.
#[cfg(feature = "mysql")]
fn is_away_to_mysql(error: &dyn sqlx::error::DatabaseError) -> bool {
    let number = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|error| error.number());
    number.is_some_and(|number| [1021, 1040, 1041, 1053, 1114, 1180, 1203, 1205, 1213, 1290, 1836].contains(&number))
}

/// SQLite: busy, locked, read-only, I/O error, full, cannot open. PostgreSQL: connection lost, no resources,
/// shutting down, read-only, serialization failure and deadlock.
fn is_away_code(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(sqlite) if code.len() < 5 => [5, 6, 8, 10, 13, 14].contains(&(sqlite & 0xff)),
        _ => ["08", "53", "57P", "25006", "40001", "40P01"].iter().any(|prefix| code.starts_with(prefix)),
    }
}
