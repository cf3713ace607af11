use sea_orm::{DbBackend, DbErr, RuntimeErr};
use std::time::Duration;

/// Waiting for SQLite's lock is its `busy_timeout` of 5 s; elsewhere a silent server counts as away after 2.5 s.
pub async fn limited<T>(backend: DbBackend, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let limit = if backend == DbBackend::Sqlite { Duration::from_secs(6) } else { Duration::from_millis(2500) };
    let late = || DbErr::Conn(RuntimeErr::Internal(format!("the database did not answer within {limit:?}")));
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
}
