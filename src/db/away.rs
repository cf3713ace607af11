use sea_orm::{DbBackend, DbErr, RuntimeErr};
use std::time::Duration;

/// A server that says nothing for so long counts as away.
const ANSWER: Duration = Duration::from_millis(2500);
/// A little longer, after which a server gives up as well: the connection of who no longer waits would else stay with the lock
/// that it waits for.
pub const STATEMENT: Duration = Duration::from_secs(3);
/// So long a server keeps a transaction of which it hears nothing more, as when the way to it was cut: until then nobody else
/// can write what it wrote. Ours never pause.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub const TRANSACTION: Duration = Duration::from_secs(5);

/// So long SQLite itself waits for somebody outside who writes.
pub const BUSY: Duration = Duration::from_secs(5);
/// A little longer, so that SQLite is the one who gives up: a connection left while it waits is nobody's until it is done.
const BUSY_ANSWER: Duration = Duration::from_secs(6);

/// An error where the database is silent.
pub async fn limited<T>(backend: DbBackend, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let limit = if backend == DbBackend::Sqlite { BUSY_ANSWER } else { ANSWER };
    let late = || DbErr::Conn(RuntimeErr::Internal(format!("the database did not answer within {limit:?}")));
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
}

/// True where trying again later may help: the server is away, busy, full or read-only. The visitor gets a 503.
pub fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => is_away_to_sqlx(error),
        _ => false,
    }
}

/// True where another process opens the same SQLite database at the same moment: one of them may change its mode, and the other
/// is told so without a wait.
pub fn is_opened_by_another(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "5" || code == "261")
        }
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
