use super::{say_error, signals::Signals, start_log, tools};
use anyhow::{Context, Result};
use app::{
    accounts::{passwords, personas, roles, setup},
    background,
    config::Config,
    db::{self, Db, migrate},
    server,
    web::{self, App, AppState},
};
use std::{future::pending, time::Duration};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

pub async fn run(without_worker: bool) -> Result<()> {
    let mut config = Config::load()?;
    let _log = start_log(&config)?;
    let sockets = server::bind(&mut config)?;
    #[cfg(debug_assertions)]
    app::dev::oauth::offer(&mut config);
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
    let app = App::new(config, db.clone())?;
    let tools = tools(&app.config, &db, app.grants.clone())?;
    let background = background::start(tools, !without_worker);
    serve_metrics(&app).await?;
    let listeners = server::listen(sockets)?;
    warn_of_personas(&db).await?;
    announce(&app.config, listeners[0].local_addr()?.port());
    offer_setup(&app.config, setup);
    server::serve(listeners, web::router(app.clone()), stop(signals, app.clone())).await;
    let (_, _) = tokio::join!(background.stop(), timeout(HANDED_OUT_WITHIN, app.grants.finish()));
    // A connection that somebody still waits on must not hold the process.
    timeout(Duration::from_secs(2), db.close()).await.ok();
    Ok(())
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

/// What a provider is handing out at the moment is waited for so long.
const HANDED_OUT_WITHIN: Duration = Duration::from_secs(11);

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
