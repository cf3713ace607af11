//! What visitors see of a database server that breaks, and how soon it is over. Needs one: TEST_DATABASE_URL.
#[path = "../support/mod.rs"]
mod support;

mod network;
mod pool;
mod proxy;
mod read_only;
mod rolling;
