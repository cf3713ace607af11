use super::say_error;
use anyhow::{Context, Result};
use app::{
    accounts::passwords,
    background,
    config::{Config, LogFormat},
    db::{self, migrate},
    server,
    web::{self, App},
};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

pub async fn run() -> Result<()> {
    let mut config = Config::load()?;
    start_log(&config)?;
    let listeners = server::bind(&mut config).await?;
    bring_schema_up(&config).await?;
    tokio::spawn(passwords::warm_up());
    say_error(&format!("{} is ready: {}", config.app_name, config.base_url.origin()));
    if listeners[0].local_addr()?.port() != config.bind.port() && config.bind.port() != 0 {
        say_error(&format!("(port {} is taken)", config.bind.port()));
    }
    let db = db::connect(&config.database_url, config.database_pool).await?;
    let tasks = background::start(&db);
    server::serve(listeners, web::router(App::new(config, db.clone())), stop()?).await;
    drop(tasks);
    Ok(db.close().await?)
}

async fn bring_schema_up(config: &Config) -> Result<()> {
    if config.migrate_on_start {
        let applied = migrate::up(&config.database_url).await?;
        tracing::info!(migrations = applied.len(), "the schema is up to date");
        return Ok(());
    }
    migrate::status(&config.database_url).await?.ensure_current()
}

/// What crates say at `info` that nobody asked; LOG may name them to hear it.
const QUIET: &str = "memory_serve=warn,sea_orm_migration=warn,tower_sessions_core=warn";

fn start_log(config: &Config) -> Result<()> {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", config.log)).context("LOG is no filter. Use a level such as info, or info,app=debug")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(io::stdout().is_terminal()).with_writer(io::stdout);
    let log = log.log_internal_errors(false);
    match config.log_format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        LogFormat::Pretty => log.compact().init(),
    }
    Ok(())
}

/// Ends at the first SIGTERM or SIGINT; a second one ends the process at once.
fn stop() -> Result<impl Future<Output = ()>> {
    let mut signals = Signals::new()?;
    Ok(async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(130);
        });
    })
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]))
    }

    async fn next(&mut self) {
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        tokio::signal::ctrl_c().await.ok();
    }
}
