//! Goes through the queue: takes what is due, does it, and writes down what became of it.
use super::{
    Entry, Failure, List, Outcome, Tools, list,
    pause::{TRIES, pause_after},
};
use crate::{
    causes::told,
    db::{Db, Timestamp},
    jobs::{self, Leased},
};
use sea_orm::DbErr;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Whoever works for longer has failed.
const LIMIT: Duration = Duration::from_secs(45);
/// Then whoever has it is taken for dead, also by an instance whose clock is ahead.
const LEASE: Duration = LIMIT.saturating_add(Timestamp::SKEW).saturating_add(Duration::from_secs(15));
const AT_ONCE: usize = 8;
/// Of those that wait for others.
const WAITING_AT_ONCE: usize = AT_ONCE - 2;
/// How often an idle worker looks.
const PAUSE: Duration = Duration::from_secs(1);

/// A worker, and what it does at the moment.
#[derive(Clone)]
struct Worker {
    tools: Arc<Tools>,
    list: Arc<List>,
    /// How many of those that wait for others.
    waiting: Arc<AtomicUsize>,
}

/// Until `stop` says so; what is begun by then is given a moment to end.
pub async fn run(tools: Arc<Tools>, mut stop: watch::Receiver<bool>) {
    let worker = Worker::new(tools);
    let (mut running, mut is_away, mut looked) = (JoinSet::new(), false, 0_u32);
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let begun = async {
            // Now and again, since somebody may have deleted a row of the schedule.
            if looked.is_multiple_of(60) {
                worker.schedule().await?;
            }
            looked = looked.wrapping_add(1);
            worker.begin(&mut running).await
        };
        let begun = begun.await;
        // Said once, however long it takes.
        if let Err(error) = &begun
            && !is_away
        {
            tracing::warn!(%error, "the queue cannot be read; a worker goes on trying");
        }
        is_away = begun.is_err();
        // There may be more.
        if begun.is_ok_and(|begun| begun > 0) && running.len() < AT_ONCE {
            continue;
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            Some(_) = running.join_next() => {}
            _ = stop.changed() => {}
        }
    }
    timeout(Duration::from_secs(5), async { while running.join_next().await.is_some() {} }).await.ok();
}

/// Everything that is due, until nothing is. Answers how many were done or failed: for tests, and for whoever empties a queue by
/// hand.
pub async fn work_off(tools: &Arc<Tools>) -> Result<usize, DbErr> {
    let worker = Worker::new(tools.clone());
    let mut count = 0;
    loop {
        let mut running = JoinSet::new();
        match worker.begin(&mut running).await? {
            0 => return Ok(count),
            begun => count += begun,
        }
        running.join_all().await;
    }
}

impl Worker {
    fn new(tools: Arc<Tools>) -> Self {
        Self { tools, list: Arc::new(list()), waiting: Arc::default() }
    }

    async fn schedule(&self) -> Result<(), DbErr> {
        for entry in self.list.0.iter().filter(|entry| entry.every.is_some()) {
            jobs::schedule(&self.tools.db, entry.kind).await?;
        }
        Ok(())
    }

    async fn begin(&self, running: &mut JoinSet<()>) -> Result<usize, DbErr> {
        let mut begun = 0;
        for waits in [false, true] {
            let kinds: Vec<&str> = self.list.0.iter().filter(|entry| entry.waits == waits).map(|entry| entry.kind).collect();
            let free = AT_ONCE.saturating_sub(running.len());
            let free = if waits { free.min(WAITING_AT_ONCE.saturating_sub(self.waiting.load(Relaxed))) } else { free };
            if free == 0 || kinds.is_empty() {
                continue;
            }
            for leased in jobs::take(&self.tools.db, &kinds, free, LEASE).await? {
                running.spawn(self.clone().work(leased));
                begun += 1;
            }
        }
        Ok(begun)
    }

    async fn work(self, leased: Leased) {
        let entry = self.list.0.iter().find(|entry| entry.kind == leased.kind).expect("only those kinds are taken");
        let _counted = entry.waits.then(|| Counted::new(&self.waiting));
        let outcome = attempt(&self.tools, entry, &leased).await;
        match settle(&self.tools.db, entry, &leased, outcome).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(job = leased.id, "a job was taken for dead, or discarded, while it was being done"),
            // Its lease will run out, and somebody does it again.
            Err(error) => tracing::warn!(job = leased.id, error = told(&error.into()), "what became of a job cannot be written down"),
        }
    }
}

/// One more, for as long as it is there.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// In a task of its own, so that a panic ends no other.
async fn attempt(tools: &Arc<Tools>, entry: &Entry, leased: &Leased) -> Outcome {
    if leased.tries > TRIES {
        return Err(Failure::ForGood("whoever began it died of it, again and again".to_owned()));
    }
    let mut task = JoinSet::new();
    task.spawn(timeout(LIMIT, (entry.run)(tools.clone(), leased.clone())));
    match task.join_next().await {
        Some(Ok(Ok(outcome))) => outcome,
        Some(Ok(Err(_))) => Err(Failure::ForNow(format!("it took longer than {} seconds", LIMIT.as_secs()))),
        _ => Err(Failure::ForNow("it panicked; the log says where".to_owned())),
    }
}

async fn settle(db: &Db, entry: &Entry, leased: &Leased, outcome: Outcome) -> Result<bool, DbErr> {
    let Leased { id, kind, tries, .. } = leased;
    let failure = match (outcome, entry.every) {
        (Ok(()), Some(pause)) => return jobs::again(db, leased, pause).await,
        (Ok(()), None) => return jobs::done(db, leased).await,
        (Err(failure), _) => failure,
    };
    let (pause, why) = match failure {
        Failure::ForGood(why) => (None, why),
        Failure::ForNow(why) => (pause_after(*tries), why),
        Failure::Inside(error) => {
            tracing::warn!(job = id, kind, error = told(&error), "a job failed inside");
            (pause_after(*tries), format!("it failed inside; the log says more of job {id}"))
        }
    };
    // What is due again and again is never given up.
    let pause = pause.or(entry.every);
    match pause {
        Some(_) => tracing::info!(job = id, kind, tries, why, "a job failed and will be tried again"),
        None => tracing::warn!(job = id, kind, tries, why, "a job is parked: nobody tries it again unless told to"),
    }
    jobs::failed(db, leased, pause, &why).await
}
