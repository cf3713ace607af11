use argon2::Block;
use std::{
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::available_parallelism,
};
use tokio::sync::Semaphore;

/// More are waiting than would be served in a few seconds.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords wait to be hashed")]
pub struct Overloaded;

const WAITING: usize = 64;

static QUEUE: LazyLock<Queue> = LazyLock::new(|| Queue {
    slots: Semaphore::new(available_parallelism().map_or(1, usize::from)),
    waiting: AtomicUsize::new(0),
    buffers: Mutex::default(),
});

/// One for the process, as its cores are.
struct Queue {
    slots: Semaphore,
    waiting: AtomicUsize,
    /// Kept between hashes: freed, each blocking thread's allocator would hold on to 19 MiB of its own.
    buffers: Mutex<Vec<Vec<Block>>>,
}

/// Runs on the blocking pool, at most once per core at a time.
pub async fn run<T: Send + 'static>(work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Result<T, Overloaded> {
    let slot = {
        let _place = Place::take()?;
        QUEUE.slots.acquire().await.expect("the queue is never closed")
    };
    let done = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        let mut buffer = QUEUE.buffers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop().unwrap_or_default();
        let result = work(&mut buffer);
        QUEUE.buffers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(buffer);
        result
    });
    Ok(done.await.expect("hashing does not panic"))
}

/// A place among those who wait; given up by whoever stops waiting.
struct Place;

impl Place {
    fn take() -> Result<Self, Overloaded> {
        let place = Self;
        if QUEUE.waiting.fetch_add(1, Relaxed) < WAITING { Ok(place) } else { Err(Overloaded) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        QUEUE.waiting.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::atomic::AtomicU32, time::Duration};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_is_turned_away_and_never_runs_wider_than_the_cores() {
        static RUNNING: AtomicU32 = AtomicU32::new(0);
        let work = |_: &mut Vec<Block>| {
            let running = RUNNING.fetch_add(1, Relaxed) + 1;
            std::thread::sleep(Duration::from_millis(5));
            RUNNING.fetch_sub(1, Relaxed);
            running as usize
        };

        let flood: Vec<_> = (0..200).map(|_| tokio::spawn(run(work))).collect();
        let mut answers = Vec::new();
        for answer in flood {
            answers.push(answer.await.unwrap());
        }

        let cores = available_parallelism().unwrap().get();
        assert!(answers.iter().flatten().all(|running| *running <= cores));
        assert!((WAITING..=WAITING * 2).contains(&answers.iter().flatten().count()));
        assert!(run(|_| ()).await.is_ok(), "it goes on afterwards");
    }
}
