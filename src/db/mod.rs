//! The one door to the database: the limit on each query, SQLite's one writer, and what "away" means.
//! Knows nothing of tables.
mod away;
mod backup;
mod connect;
mod connections;
pub mod migrate;
pub mod paging;
mod timestamp;
mod watch;
mod writer;

pub use away::is_away;
pub use backup::backup;
pub use connect::connect;
pub use connections::Connections;
pub use timestamp::Timestamp;
pub use watch::watch;

use crate::config::DatabaseUrl;
use away::limited;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use writer::{WriterGuard, WriterLock};

/// A pool of connections. Deliberately not a `TransactionTrait`: transactions come from [`writing`] alone.
#[derive(Clone, Debug)]
pub struct Db {
    shared: Arc<Shared>,
    writer: WriterLock,
}

#[derive(Debug)]
struct Shared {
    url: DatabaseUrl,
    pool_size: u32,
    /// [`watch`] puts another one here.
    pool: RwLock<DatabaseConnection>,
    round_trips: AtomicU64,
    /// When the server last answered anything, however often somebody sets the clock meanwhile.
    answered_at: Mutex<Instant>,
}

/// A transaction that may write. Dropped without [`Tx::commit`], it rolls back.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
    shared: Arc<Shared>,
    _writer: WriterGuard,
}

/// Begins a transaction that may write. Until it ends, use only the `Tx`, and neither hash nor wait for the network:
/// on SQLite nobody else in the process can write meanwhile.
pub async fn writing(db: &Db) -> Result<Tx, DbErr> {
    let guard = db.lock_writer().await?;
    let transaction = db.shared.ask(db.connection().begin_with_options(to_write())).await?;
    Ok(Tx { transaction, shared: db.shared.clone(), _writer: guard })
}

/// SQLite takes its lock at once: taken half-way, it could not be waited for.
fn to_write() -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
}

impl Db {
    fn new(url: DatabaseUrl, pool_size: u32, pool: DatabaseConnection) -> Self {
        let writer = WriterLock::new(url.is_sqlite());
        let answered_at = Mutex::new(Instant::now());
        Self { shared: Arc::new(Shared { url, pool_size, pool: RwLock::new(pool), round_trips: AtomicU64::new(0), answered_at }), writer }
    }

    pub fn backend(&self) -> DbBackend {
        self.shared.url.backend()
    }

    /// The pool of this moment, which only this file and [`watch`] may hold for longer than a query.
    fn connection(&self) -> DatabaseConnection {
        self.shared.pool.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Answers the pool that it replaces.
    fn replace(&self, pool: DatabaseConnection) -> DatabaseConnection {
        std::mem::replace(&mut *self.shared.pool.write().unwrap_or_else(|poisoned| poisoned.into_inner()), pool)
    }

    fn answered_within(&self, time: Duration) -> bool {
        self.shared.answered_at().elapsed() < time
    }

    /// Statements sent so far, `BEGIN` and `COMMIT` included: what a test of "one query a page" counts.
    pub fn round_trips(&self) -> u64 {
        self.shared.round_trips.load(Relaxed)
    }

    /// Reads something: SQLite would answer `SELECT 1` without a look at its file, and anything else from what it has in memory.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let sql =
            if self.backend() == DbBackend::Sqlite { "PRAGMA shrink_memory; SELECT 1 FROM sqlite_master LIMIT 1" } else { "SELECT 1" };
        self.query_one_raw(Statement::from_string(self.backend(), sql)).await.map(|_| ())
    }

    pub async fn close(self) -> Result<(), DbErr> {
        self.connection().close().await
    }

    async fn run<T>(&self, reads: bool, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let _writer = if reads { None } else { Some(self.lock_writer().await?) };
        self.shared.ask(query).await
    }

    /// Limited apart from the query that it is for: whoever gave up half-way would leave the lock to others while SQLite still
    /// waits with their connection, until no connection is left.
    async fn lock_writer(&self) -> Result<WriterGuard, DbErr> {
        limited(self.backend(), async { Ok(self.writer.lock().await) }).await
    }
}

impl Shared {
    /// One round trip.
    async fn ask<T>(&self, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.round_trips.fetch_add(1, Relaxed);
        let answer = limited(self.url.backend(), query).await;
        if answer.is_ok() {
            *self.answered_at() = Instant::now();
        }
        answer
    }

    fn answered_at(&self) -> MutexGuard<'_, Instant> {
        self.answered_at.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Tx {
    pub async fn commit(self) -> Result<(), DbErr> {
        self.shared.ask(self.transaction.commit()).await
    }
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
        self.run(is_read(&statement.sql), self.connection().execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(is_read(sql), self.connection().execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(is_read(&statement.sql), self.connection().query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(is_read(&statement.sql), self.connection().query_all_raw(statement)).await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.shared.ask(self.transaction.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.shared.ask(self.transaction.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.shared.ask(self.transaction.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.shared.ask(self.transaction.query_all_raw(statement)).await
    }
}
