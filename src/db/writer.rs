//! SQLite's one writer: a lock in the process in front of the lock in the file, which is unfair and can wait seconds.
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

#[derive(Clone, Debug)]
pub struct WriterLock {
    lock: Option<Arc<Mutex<()>>>,
    #[cfg(debug_assertions)]
    holders: Arc<std::sync::Mutex<Vec<Task>>>,
}

/// Dropped after the transaction that it protects.
#[derive(Debug)]
pub struct WriterGuard {
    _lock: Option<OwnedMutexGuard<()>>,
    #[cfg(debug_assertions)]
    held: (Task, Arc<std::sync::Mutex<Vec<Task>>>),
}

impl WriterLock {
    pub fn new(exclusive: bool) -> Self {
        Self {
            lock: exclusive.then(Arc::default),
            #[cfg(debug_assertions)]
            holders: Arc::default(),
        }
    }

    /// Panics in debug builds when the calling task already writes: it would wait for itself.
    pub async fn lock(&self) -> WriterGuard {
        #[cfg(debug_assertions)]
        let held = self.refuse_second_writer();
        let lock = match &self.lock {
            Some(lock) => Some(lock.clone().lock_owned().await),
            None => None,
        };
        #[cfg(debug_assertions)]
        held.1.lock().unwrap().push(held.0);
        WriterGuard {
            _lock: lock,
            #[cfg(debug_assertions)]
            held,
        }
    }
}

/// The future given to `block_on` is no task, but has its thread for itself.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, PartialEq)]
enum Task {
    Spawned(tokio::task::Id),
    Main(std::thread::ThreadId),
}

#[cfg(debug_assertions)]
impl WriterLock {
    fn refuse_second_writer(&self) -> (Task, Arc<std::sync::Mutex<Vec<Task>>>) {
        let task = tokio::task::try_id().map_or_else(|| Task::Main(std::thread::current().id()), Task::Spawned);
        let writes = self.holders.lock().unwrap().contains(&task);
        assert!(!writes, "a task that holds a Tx writes through Db or begins a second Tx: use the Tx");
        (task, self.holders.clone())
    }
}

#[cfg(debug_assertions)]
impl Drop for WriterGuard {
    fn drop(&mut self) {
        let mut holders = self.held.1.lock().unwrap();
        if let Some(position) = holders.iter().position(|task| *task == self.held.0) {
            holders.swap_remove(position);
        }
    }
}
