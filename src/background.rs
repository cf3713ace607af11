//! What runs beside requests, and when.
use crate::{
    db,
    worker::{self, Tools},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// What runs until it is stopped, or dropped.
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// `works` unless workers of their own do.
pub fn start(tools: Arc<Tools>, works: bool) -> Background {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let (watched, mut ends) = (tools.db.clone(), stopped.clone());
    tasks.spawn(async move {
        tokio::select! {
            () = supervise("watch the database", move || db::watch(watched.clone())) => {}
            _ = ends.changed() => {}
        }
    });
    if works {
        tasks.spawn(supervise("work", move || worker::run(tools.clone(), stopped.clone())));
    }
    Background { stop, tasks }
}

impl Background {
    /// What is being worked on is given a moment to end; whoever takes longer loses nothing, since somebody does it again.
    pub async fn stop(mut self) {
        self.stop.send(true).ok();
        timeout(Duration::from_secs(6), async { while self.tasks.join_next().await.is_some() {} }).await.ok();
    }
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
