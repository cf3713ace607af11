use super::{open_pool, say_error, signals::Signals, start_log, tools};
use anyhow::{Context, Result};
use app::{background, config::Config, oauth::Grants};
use std::time::Duration;
use tokio::time::timeout;

/// Works off the queue and serves nobody, beside any number of others that do the same.
pub async fn run() -> Result<()> {
    let config = Config::load()?;
    let _log = start_log(&config)?;
    let mut signals = Signals::new()?;
    let db = open_pool(&config).await?;
    let grants = Grants::new(&db, &config).context("cannot talk to providers by TLS")?;
    let background = background::start(tools(&config, &db, grants)?, true);
    say_error(&format!("{} works off its queue", config.app_name));
    signals.next().await;
    background.stop().await;
    timeout(Duration::from_secs(2), db.close()).await.ok();
    Ok(())
}
