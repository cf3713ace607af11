//! What tests stand on: an App with a database of its own, Browsers that behave like one, and the people who use them.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
mod app;
mod balancer;
mod browser;
mod database;

pub use app::{App, Person};
pub use balancer::Balancer;
pub use browser::{Browser, Response};
pub use database::{create_empty, create_migrated};

/// Good enough for zxcvbn, and everybody's.
pub const PASSWORD: &str = "tulip orchard 93 lantern";
pub const OTHER_PASSWORD: &str = "brass Kettle 417 meadow";
