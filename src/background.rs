//! What runs beside requests, and when.
use crate::{
    accounts,
    causes::told,
    db::{self, Db},
};
use std::time::{Duration, Instant};
use tokio::{task::JoinSet, time::sleep};

/// Runs until it is dropped. Every instance cleans up; what one has deleted the others no longer find.
pub fn start(db: &Db, clean_up_every: Duration) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (watched, cleaned) = (db.clone(), db.clone());
    tasks.spawn(supervise("watch the database", move || db::watch(watched.clone())));
    tasks.spawn(supervise("clean up", move || clean_up(cleaned.clone(), clean_up_every)));
    tasks
}

/// A task that panics is logged and begins again, at first after a second and then ever more patiently.
async fn supervise<F: Future<Output = ()> + Send + 'static>(name: &'static str, task: impl Fn() -> F) {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);
    let mut pause = FIRST;
    loop {
        let started = Instant::now();
        let mut running = JoinSet::new();
        running.spawn(task());
        match running.join_next().await {
            Some(Err(error)) if error.is_panic() => tracing::error!(name, "a background task panicked and begins again"),
            _ => return,
        }
        pause = if started.elapsed() > LONGEST { FIRST } else { pause };
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// A database that is away is no reason to give up.
async fn clean_up(db: Db, every: Duration) {
    loop {
        if let Err(error) = accounts::clean_up(&db).await {
            tracing::warn!(error = told(&error.into()), "cleaning up failed; the next try is in {every:?}");
        }
        sleep(every).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    #[tokio::test]
    async fn a_background_task_that_panics_begins_again() {
        static TRIES: AtomicU32 = AtomicU32::new(0);

        supervise("test", async || {
            let tries = TRIES.fetch_add(1, Relaxed);
            assert!(tries == 1, "as a task may");
        })
        .await;

        assert_eq!(TRIES.load(Relaxed), 2);
    }
}
