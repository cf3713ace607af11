use super::{open_pool, say};
use anyhow::{Result, bail};
use app::{
    config::Config,
    jobs,
    oauth::{self, Providers},
    seal::Resealed,
};

/// What a rotation of `SECRET_KEY` leaves to do before the old key can go.
pub async fn run() -> Result<()> {
    let config = Config::load()?;
    let db = open_pool(&config).await?;
    let (tokens, attempts) = oauth::reseal(&db, &config, &Providers::new(&config)?).await?;
    let jobs = jobs::reseal(&db, &config).await?;
    report("provider tokens", tokens)?;
    report("attempts", attempts)?;
    report("jobs", jobs)?;
    if [tokens, attempts, jobs].iter().any(|count| count.unreadable > 0) {
        bail!(
            "some cannot be opened: SECRET_KEY lacks the key that sealed them, or their provider is not set up. Add it at the end, and run \
             this again. If that key is gone, people reconnect what they connected, and /admin/jobs discards what waits"
        );
    }
    Ok(())
}

fn report(what: &str, count: Resealed) -> Result<()> {
    say(&format!(
        "sealed {what} anew: {}{}",
        count.anew,
        if count.unreadable > 0 { format!(", unreadable: {}", count.unreadable) } else { String::new() }
    ))
}
