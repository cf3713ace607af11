//! A pool whose server was cut off without a word never gets its connections back: sqlx pings each one on its return, and
//! waits for the answer until TCP gives up, after a quarter of an hour. So somebody looks after it, and takes a new pool once the
//! server answers again. Where only some connections were cut, those wait for TCP, and the others serve.
use super::{Db, connect::open_pool};
use sea_orm::{DatabaseConnection, DbBackend};
use std::{future::pending, time::Duration};
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(2);
/// One may be chance. After them the old pool is not asked again, since each ping would strand one more of its connections.
const PINGS: u32 = 2;

/// Runs until it is aborted.
pub async fn watch(db: Db) {
    if db.backend() == DbBackend::Sqlite {
        return pending().await;
    }
    let mut unanswered = 0;
    loop {
        sleep(Duration::from_secs(1)).await;
        if db.answered_within(LIMIT) || unanswered < PINGS && answers(&db.connection()).await {
            unanswered = 0;
            continue;
        }
        unanswered += 1;
        if unanswered < PINGS {
            continue;
        }
        if let Ok(Ok(pool)) = timeout(LIMIT, open_pool(&db.shared.url, db.shared.pool_size)).await {
            tracing::warn!("the database was silent: its connections are made anew");
            tokio::spawn(close(db.replace(pool)));
            unanswered = 0;
        }
    }
}

async fn answers(pool: &DatabaseConnection) -> bool {
    matches!(timeout(LIMIT, pool.ping()).await, Ok(Ok(())))
}

async fn close(pool: DatabaseConnection) {
    timeout(Duration::from_secs(60), pool.close()).await.ok();
}
