//! How long a job waits after it failed.
use std::time::Duration;

/// A day of tries at the longest pause.
pub const TRIES: u32 = 1000;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Not long, so that what waits leaves within two minutes of a mail server's return.
const LONGEST_PAUSE: Duration = Duration::from_secs(90);

/// None after the last try.
pub fn pause_after(tries: u32) -> Option<Duration> {
    (tries < TRIES).then(|| FIRST_PAUSE.saturating_mul(1 << (tries - 1).min(8)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_end_with_the_last_try() {
        let pauses: Vec<u64> = (1..8).map(|tries| pause_after(tries).unwrap().as_secs()).collect();

        assert_eq!(pauses, [5, 10, 20, 40, 80, 90, 90]);
        assert_eq!((pause_after(TRIES - 1), pause_after(TRIES)), (Some(LONGEST_PAUSE), None));
    }
}
