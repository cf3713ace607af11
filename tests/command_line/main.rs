//! The program as an operator meets it: its commands, its messages, its exit codes.
#[path = "../support/mod.rs"]
mod support;

#[cfg(all(target_os = "linux", feature = "slow-tests"))]
mod clock;
#[cfg(unix)]
mod crowd;
mod database;
mod doctor;
#[cfg(all(target_os = "linux", feature = "slow-tests"))]
mod full_disk;
#[cfg(all(unix, feature = "slow-tests"))]
mod held_up;
#[cfg(all(unix, feature = "slow-tests"))]
mod kill;
mod log;
#[cfg(all(unix, feature = "slow-tests"))]
mod mail;
mod mistakes;
mod operate;
mod role;
mod schema;
mod serve;
mod setup;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod tokens;
mod user;
