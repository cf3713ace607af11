use super::{say_error, signals::Signals};
use anyhow::{Context, Result};
use app::{
    accounts::{passwords, personas, roles, setup},
    background,
    config::{Config, LogFormat},
    db::{self, Db, migrate},
    mail::Transport,
    server,
    web::{self, App, AppState},
    worker::Tools,
};
use std::{
    future::pending,
    io::{self, IsTerminal},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

pub async fn run(without_worker: bool) -> Result<()> {
    let mut config = Config::load()?;
    let _log = start_log(&config)?;
    let sockets = server::bind(&mut config)?;
    let mut signals = Signals::new()?;
    tokio::select! {
        schema = bring_schema_up(&config) => schema?,
        // Another process may hold the lock for a while.
        _ = signals.next() => return Ok(()),
    }
    tokio::spawn(passwords::warm_up());
    let db = db::connect(&config.database_url, config.database_pool).await?;
    roles::derive(&db).await?;
    let setup = setup::token(&db, &config.secret_key).await?;
    let tools = tools(&config, &db)?;
    let app = App::new(config, db.clone());
    let background = background::start(tools, !without_worker);
    serve_metrics(&app).await?;
    let listeners = server::listen(sockets)?;
    warn_of_personas(&db).await?;
    announce(&app.config, listeners[0].local_addr()?.port());
    offer_setup(&app.config, setup);
    server::serve(listeners, web::router(app.clone()), stop(signals, app)).await;
    background.stop().await;
    // A connection that somebody still waits on must not hold the process.
    timeout(Duration::from_secs(2), db.close()).await.ok();
    Ok(())
}

/// Works off the queue and serves nobody, beside any number of others that do the same.
pub async fn work() -> Result<()> {
    let config = Config::load()?;
    let _log = start_log(&config)?;
    let mut signals = Signals::new()?;
    let db = super::open_pool(&config).await?;
    let background = background::start(tools(&config, &db)?, true);
    say_error(&format!("{} works off its queue", config.app_name));
    signals.next().await;
    background.stop().await;
    timeout(Duration::from_secs(2), db.close()).await.ok();
    Ok(())
}

fn tools(config: &Config, db: &Db) -> Result<Arc<Tools>> {
    Ok(Arc::new(Tools { db: db.clone(), config: config.clone(), transport: Transport::new(config)? }))
}

async fn serve_metrics(app: &AppState) -> Result<()> {
    let Some(address) = app.config.metrics_bind else { return Ok(()) };
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}. If another program does, stop it, or set METRICS_BIND to an address that is free")
    })?;
    tokio::spawn(server::serve(vec![listener], web::metrics::router(app.clone())?, pending()));
    Ok(())
}

fn announce(config: &Config, port: u16) {
    say_error(&format!("{} is ready: {}", config.app_name, config.base_url.origin()));
    if ![0, port].contains(&config.bind.port()) {
        say_error(&format!("(port {} is taken)", config.bind.port()));
    }
}

/// They come with a database that was filled in development.
async fn warn_of_personas(db: &Db) -> Result<()> {
    if !cfg!(debug_assertions) {
        for name in personas::holding_permissions(db).await? {
            tracing::warn!(name, "a person of development holds permissions here; `user delete` removes them");
        }
    }
    Ok(())
}

/// How long a load balancer has to notice that this instance leaves.
const NOTICE: Duration = Duration::from_secs(3);

/// To the terminal and to nothing that keeps logs: whoever has the link becomes the admin.
fn offer_setup(config: &Config, token: Option<String>) {
    if let Some(token) = token {
        say_error(&format!("There is no admin yet. Become it: {}/setup/{token}", config.base_url.origin()));
    }
}

/// Ends when it is time to stop: at once where somebody at a terminal asks, and else a little after saying so. A second
/// signal ends the process.
async fn stop(mut signals: Signals, app: AppState) {
    let from_terminal = signals.next().await;
    app.leave();
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(130);
    });
    if !from_terminal {
        sleep(NOTICE).await;
    }
}

async fn bring_schema_up(config: &Config) -> Result<()> {
    if config.migrate_on_start {
        let applied = migrate::up(&config.database_url).await?;
        tracing::info!(applied_now = applied.len(), "the schema is up to date");
        return Ok(());
    }
    migrate::status(&config.database_url).await?.ensure_current()
}

/// What crates say at `info` that nobody asked; LOG may name them to hear it.
const QUIET: &str = "memory_serve=warn,sea_orm_migration=warn,sqlx::postgres::notice=warn,tower_sessions_core=warn";

/// Written by a thread of its own, which drops lines where nobody takes them: a reader that stalls must stop no request.
/// Dropped, the rest is written.
fn start_log(config: &Config) -> Result<WorkerGuard> {
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
