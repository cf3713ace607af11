//! What the command line can do. Results go to standard output, everything else to standard error.
pub mod mail;
pub mod migrate;
mod new_migration;
pub mod operate;
pub mod reseal;
pub mod role;
pub mod seed;
pub mod serve;
mod signals;
pub mod user;
pub mod worker;

use anyhow::Context;
use app::{
    config::{Config, LogFormat},
    db::{self, Db},
    mail::Transport,
    oauth::Grants,
    worker::Tools,
};
use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// An error where standard output is gone, as behind `head`; `println!` would panic.
pub fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// To standard error, as well as it goes.
pub fn say_error(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

/// One connection to a database whose schema fits.
async fn open(config: &Config) -> anyhow::Result<Db> {
    db::migrate::status(&config.database_url).await?.ensure_current()?;
    db::connect(&config.database_url, 1).await
}

/// As many as the settings say.
async fn open_pool(config: &Config) -> anyhow::Result<Db> {
    db::migrate::status(&config.database_url).await?.ensure_current()?;
    db::connect(&config.database_url, config.database_pool).await
}

pub fn print_routes() -> anyhow::Result<()> {
    let routes = app::web::routes::routes();
    for route in routes.table() {
        say(&format!("{:<10} {:<32} {}", route.methods.join(" "), route.path, route.access))?;
    }
    Ok(())
}

fn tools(config: &Config, db: &Db, grants: Grants) -> anyhow::Result<Arc<Tools>> {
    Ok(Arc::new(Tools { db: db.clone(), config: config.clone(), transport: Transport::new(config)?, grants }))
}

/// What crates say at `info` that nobody asked; LOG may name them to hear it.
const QUIET: &str = "memory_serve=warn,sea_orm_migration=warn,sqlx::postgres::notice=warn,tower_sessions_core=warn";

/// Written by a thread of its own, which drops lines where nobody takes them: a reader that stalls must stop no request.
/// Dropped, the rest is written.
fn start_log(config: &Config) -> anyhow::Result<WorkerGuard> {
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(8192).finish(io::stdout());
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", config.log)).context("LOG is no filter. Use a level such as info, or info,app=debug")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(io::stdout().is_terminal()).with_writer(writer);
    let log = log.log_internal_errors(false);
    match config.log_format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        LogFormat::Pretty => log.compact().init(),
    }
    Ok(guard)
}
