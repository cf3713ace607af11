//! Prints the cores that this process may use, and the seconds that one hash takes: the median of 20.
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::{thread::available_parallelism, time::Instant};

fn main() {
    let params = Params::new(19456, 2, 1, Some(32)).expect("valid parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    hash(&argon2, &mut memory);
    let mut seconds: Vec<f64> = (0..20).map(|_| hash(&argon2, &mut memory)).collect();
    seconds.sort_by(f64::total_cmp);
    let cores = available_parallelism().map_or(1, usize::from);
    println!("{cores} {}", (seconds[9] + seconds[10]) / 2.0);
}

fn hash(argon2: &Argon2, memory: &mut [Block]) -> f64 {
    let mut out = [0; 32];
    let started = Instant::now();
    argon2.hash_password_into_with_memory(b"tulip orchard 93 lantern", b"sixteen bytes...", &mut out, memory).expect("valid input");
    started.elapsed().as_secs_f64()
}
