//! What visitors see of a database server that breaks, and how soon it is over. Needs one: TEST_DATABASE_URL.
#[path = "../support/mod.rs"]
mod support;

mod network;
mod pool;
#[path = "../command_line/program.rs"]
#[allow(dead_code, reason = "the command line uses the rest of it")]
mod program;
mod proxy;
mod read_only;
mod rolling;
