//! What tests stand on: an App with a database of its own, Browsers that behave like one, and the people who use them.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
mod app;
mod balancer;
mod browser;
mod database;
mod issuer;
mod listener;
mod mailed;
mod others;
mod program;
mod smtp;

pub use app::{App, Person};
pub use balancer::Balancer;
pub use browser::{Browser, Response};
pub use database::{create_empty, create_migrated};
pub use issuer::{CLIENT, Issuer, Manners, ODD, PLAIN, SECRET};
pub use listener::{bind, serve};
pub use mailed::Mailed;
pub use others::Others;
pub use program::{Outcome, Program, Server, ask, form_of, free_port, outcome, session_of, signal, try_ask};
pub use smtp::Smtp;

/// For as long as a race or a fault should be tried where somebody waits for it: `tests/run --soak`.
pub fn is_soak() -> bool {
    std::env::var_os("SOAK").is_some()
}

/// Good enough for zxcvbn, and everybody's.
pub const PASSWORD: &str = "tulip orchard 93 lantern";
pub const OTHER_PASSWORD: &str = "brass Kettle 417 meadow";

/// Seals the cookies of all tests.
pub const KEY: &str = "6j6msFFm-LWe0a65DEt1IiGKv0CezyNv6W6uoOo7NMDIycrLzM3Ozw";
