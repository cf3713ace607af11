//! Goes through the queue: takes what is due, does it, and writes down what became of it.
use super::{Failure, Handler, Jobs, Outcome, Tools, jobs};
use crate::{
    causes::told,
    db::Db,
    jobs::{self as queue, Leased},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Whoever works for longer is taken for dead.
const LEASE: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(45);
/// So many at once: those that wait for a mail server hold up none that need only the database.
const AT_ONCE: usize = 8;
/// How often an idle worker looks.
const PAUSE: Duration = Duration::from_secs(1);

/// A day of tries at the longest pause.
const TRIES: u32 = 1000;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Not long, so that what waits leaves within two minutes of a mail server's return.
const LONGEST_PAUSE: Duration = Duration::from_secs(90);

/// None after the last try.
fn pause_after(tries: u32) -> Option<Duration> {
    (tries < TRIES).then(|| FIRST_PAUSE.saturating_mul(1 << (tries - 1).min(8)).min(LONGEST_PAUSE))
}

/// Until `stop` says so; what is begun by then is given a moment to end.
pub async fn run(tools: Arc<Tools>, mut stop: watch::Receiver<bool>) {
    let jobs = Arc::new(jobs());
    let (mut running, mut is_scheduled, mut is_away) = (JoinSet::new(), false, false);
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        let begun = async {
            if !is_scheduled {
                schedule(&tools.db, &jobs).await?;
                is_scheduled = true;
            }
            begin(&tools, &jobs, &mut running).await
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

/// Everything that is due, one after the other, until nothing is. Answers how many were done or failed: for tests, and for whoever
/// empties a queue by hand.
pub async fn work_off(tools: &Arc<Tools>) -> Result<usize, sea_orm::DbErr> {
    let jobs = Arc::new(jobs());
    let mut count = 0;
    loop {
        let mut running = JoinSet::new();
        match begin(tools, &jobs, &mut running).await? {
            0 => return Ok(count),
            begun => count += begun,
        }
        running.join_all().await;
    }
}

async fn schedule(db: &Db, jobs: &Jobs) -> Result<(), sea_orm::DbErr> {
    for handler in jobs.0.iter().filter(|handler| handler.every.is_some()) {
        queue::schedule(db, handler.kind).await?;
    }
    Ok(())
}

async fn begin(tools: &Arc<Tools>, jobs: &Arc<Jobs>, running: &mut JoinSet<()>) -> Result<usize, sea_orm::DbErr> {
    let kinds: Vec<&str> = jobs.0.iter().map(|handler| handler.kind).collect();
    let taken = queue::take(&tools.db, &kinds, AT_ONCE - running.len().min(AT_ONCE), LEASE).await?;
    let begun = taken.len();
    for leased in taken {
        let (tools, jobs) = (tools.clone(), jobs.clone());
        running.spawn(async move {
            let handler = jobs.0.iter().find(|handler| handler.kind == leased.kind).expect("only those kinds are taken");
            let outcome = attempt(&tools, handler, &leased).await;
            if let Err(error) = settle(&tools.db, handler, &leased, outcome).await {
                // Its lease will run out, and somebody does it again.
                tracing::warn!(job = leased.id, error = told(&error.into()), "what became of a job cannot be written down");
            }
        });
    }
    Ok(begun)
}

/// In a task of its own, so that a panic ends no other.
async fn attempt(tools: &Arc<Tools>, handler: &Handler, leased: &Leased) -> Outcome {
    let mut task = JoinSet::new();
    task.spawn(timeout(LIMIT, (handler.run)(tools.clone(), leased.clone())));
    match task.join_next().await {
        Some(Ok(Ok(outcome))) => outcome,
        Some(Ok(Err(_))) => Err(Failure::ForNow(format!("it took longer than {} seconds", LIMIT.as_secs()))),
        _ => Err(Failure::ForNow("it panicked; the log says where".to_owned())),
    }
}

async fn settle(db: &Db, handler: &Handler, leased: &Leased, outcome: Outcome) -> Result<(), sea_orm::DbErr> {
    let Leased { id, kind, tries, .. } = leased;
    let failure = match (outcome, handler.every) {
        (Ok(()), Some(pause)) => return queue::again(db, leased, pause).await.map(drop),
        (Ok(()), None) => return queue::done(db, leased).await.map(drop),
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
    let pause = pause.or(handler.every);
    match pause {
        Some(_) => tracing::info!(job = id, kind, tries, why, "a job failed and will be tried again"),
        None => tracing::error!(job = id, kind, tries, why, "a job is parked: nobody tries it again unless told to"),
    }
    queue::failed(db, leased, pause, &why).await.map(drop)
}
