//! Prints the cores that this process may use, the seconds that one hash takes alone (the median of 20), and how many a second
//! all cores make at once: less than the first two promise where somebody else uses them.
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::{
    thread::{self, available_parallelism},
    time::{Duration, Instant},
};

const AT_ONCE: Duration = Duration::from_secs(2);

fn main() {
    let cores = available_parallelism().map_or(1, usize::from);
    println!("{cores} {} {}", one(), all(cores));
}

fn one() -> f64 {
    let mut hash = hasher();
    let mut seconds: Vec<f64> = (0..20).map(|_| hash()).collect();
    seconds.sort_by(f64::total_cmp);
    (seconds[9] + seconds[10]) / 2.0
}

fn all(cores: usize) -> f64 {
    let count = || {
        let mut hash = hasher();
        let started = Instant::now();
        let hashes = std::iter::repeat_with(&mut hash).take_while(|_| started.elapsed() < AT_ONCE).count();
        hashes as f64 / started.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().expect("hashing does not panic")).sum()
    })
}

/// Hashes in one buffer, as the app does, and says how long it took. The buffer is warm.
fn hasher() -> impl FnMut() -> f64 {
    let params = Params::new(19456, 2, 1, Some(32)).expect("valid parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = move || {
        let started = Instant::now();
        let mut out = [0; 32];
        argon2
            .hash_password_into_with_memory(b"tulip orchard 93 lantern", b"sixteen bytes...", &mut out, &mut memory)
            .expect("valid input");
        started.elapsed().as_secs_f64()
    };
    hash();
    hash
}
