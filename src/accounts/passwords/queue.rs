use super::machine;
use crate::accounts::{Error, Result};
use argon2::Block;
use flume::{Receiver, RecvTimeoutError, Sender};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, available_parallelism},
    time::Duration,
};
use tokio::sync::oneshot;

/// More would wait longer than a few seconds.
const WAITING: usize = 64;
/// A thread that had nothing to do for so long gives its memory back.
const REST: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// One for the process, as its cores are.
pub static QUEUE: LazyLock<Queue> = LazyLock::new(|| Queue::new(available_parallelism().map_or(1, usize::from), REST));

/// Threads that go from one hash to the next without a pause, each in memory of its own that it uses again: tokio's blocking
/// threads would each keep 19 MiB, and wait for one another's wake-ups.
pub struct Queue {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    fn new(threads: usize, rest: Duration) -> Self {
        let (sender, jobs) = flume::bounded(WAITING);
        let waiting = Arc::new(AtomicUsize::new(0));
        for _ in 0..threads {
            let (jobs, waiting) = (jobs.clone(), waiting.clone());
            thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work_off(&jobs, &waiting, rest))
                .expect("the system has threads");
        }
        Self { jobs: sender, waiting }
    }

    /// How many have not begun.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = move |memory: &mut Vec<Block>| {
            // A visitor who is gone needs no answer.
            if !answer.is_closed() {
                answer.send(work(memory)).ok();
            }
        };
        self.waiting.fetch_add(1, Relaxed);
        if self.jobs.try_send(Box::new(job)).is_err() {
            self.waiting.fetch_sub(1, Relaxed);
            return Err(Error::Overloaded);
        }
        Ok(answered.await.expect("hashing does not panic"))
    }
}

fn work_off(jobs: &Receiver<Job>, waiting: &AtomicUsize, rest: Duration) {
    machine::step_back();
    let mut memory = Vec::new();
    loop {
        match jobs.recv_timeout(rest) {
            Ok(job) => {
                waiting.fetch_sub(1, Relaxed);
                // Whoever waits for a job that panics learns it from the dropped channel.
                catch_unwind(AssertUnwindSafe(|| job(&mut memory))).ok();
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_is_turned_away_and_never_runs_wider_than_the_threads() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        let queue = Arc::new(Queue::new(2, REST));
        let work = |_: &mut Vec<Block>| {
            let running = RUNNING.fetch_add(1, Relaxed) + 1;
            thread::sleep(Duration::from_millis(5));
            RUNNING.fetch_sub(1, Relaxed);
            running
        };

        let flood: Vec<_> = (0..200).map(|_| spawn(&queue, work)).collect();
        let mut answers = Vec::new();
        for answer in flood {
            answers.push(answer.await.unwrap());
        }

        assert!(answers.iter().flatten().all(|running| *running <= 2));
        assert!((WAITING..=WAITING * 2).contains(&answers.iter().flatten().count()));
        assert!(queue.run(|_| ()).await.is_ok(), "it goes on afterwards");
    }

    #[tokio::test]
    async fn what_panics_stops_nobody_else() {
        let queue = Arc::new(Queue::new(1, REST));

        let panicked = spawn(&queue, |_| panic!("as a bug may")).await;

        assert!(panicked.is_err());
        assert!(queue.run(|_| ()).await.is_ok());
    }

    #[tokio::test]
    async fn memory_is_kept_for_the_next_and_given_back_after_a_rest() {
        let queue = Queue::new(1, Duration::from_millis(200));
        let blocks = |memory: &mut Vec<Block>| {
            let before = memory.len();
            memory.resize(1, Block::default());
            before
        };

        assert_eq!((queue.run(blocks).await.unwrap(), queue.run(blocks).await.unwrap()), (0, 1));
        tokio::time::sleep(Duration::from_secs(1)).await;

        assert_eq!(queue.run(blocks).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn who_stops_waiting_is_not_served() {
        static SERVED: AtomicUsize = AtomicUsize::new(0);
        let queue = Arc::new(Queue::new(1, REST));
        let busy = spawn(&queue, |_| thread::sleep(Duration::from_millis(50)));
        let impatient = spawn(&queue, |_| SERVED.fetch_add(1, Relaxed));
        tokio::task::yield_now().await;

        impatient.abort();
        busy.await.unwrap().unwrap();
        queue.run(|_| ()).await.unwrap();

        assert_eq!(SERVED.load(Relaxed), 0);
    }

    fn spawn<T: Send + 'static>(
        queue: &Arc<Queue>,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<T>> {
        let queue = queue.clone();
        tokio::spawn(async move { queue.run(work).await })
    }
}
