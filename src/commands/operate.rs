//! For whoever runs the app: is it well, what is over, a copy of the data.
use super::{open, say};
use anyhow::{Result, bail};
use app::{
    accounts::{self, roles},
    causes::told,
    config::{self, Config, Mail},
    db::{self, Db, Timestamp, migrate},
    entity,
    oauth::{Provider, Providers},
};
use std::path::Path;

/// What a worker does every hour.
pub async fn cleanup(dry_run: bool) -> Result<()> {
    let db = open(&Config::load()?).await?;
    let over = if dry_run { accounts::count_over(&db).await? } else { accounts::clean_up(&db).await? };
    let verb = if dry_run { "would delete" } else { "deleted" };
    say(&format!("{verb} sessions {}", over.sessions))?;
    say(&format!("{verb} throttles {}", over.throttles))?;
    say(&format!("{verb} tokens {}", over.tokens))?;
    say(&format!("{verb} jobs {}", over.jobs))?;
    say(&format!("{verb} devices {}", over.devices))?;
    say(&format!("{verb} attempts {}", over.attempts))?;
    say(&format!("{verb} leases {}", over.leases))
}

pub async fn backup(file: &Path) -> Result<()> {
    let db = open(&Config::load()?).await?;
    db::backup(&db, file).await?;
    say(&format!("wrote {}", file.display()))
}

/// A line for each thing that must be right, with its cure where it is not. Whatever depends on a broken one is left out.
pub async fn doctor() -> Result<()> {
    let config = Config::load();
    check("settings", config.as_ref().map(|_| "can be read".to_owned()).map_err(told))?;
    let config = config?;
    let status = migrate::status(&config.database_url).await;
    check("database", status.as_ref().map(|_| format!("{} answers", config.database_url)).map_err(told))?;
    let status = status?;
    check("migrations", status.ensure_current().map(|()| format!("{} applied", status.applied.len())).map_err(|error| told(&error)))?;
    let db = db::connect(&config.database_url, 1).await?;
    check("schema", schema(&db).await)?;
    if let Some(path) = config.database_url.sqlite_path() {
        check("file", private(path))?;
    }
    check("admin", admin(&db).await)?;
    if !cfg!(debug_assertions) {
        check("personas", personas(&db).await)?;
    }
    check("mail", Ok(mail(&config)))?;
    for provider in Providers::new(&config)?.list() {
        check("provider", provider_answers(&config, provider).await)?;
    }
    check("queue", queue(&db).await)?;
    check("clock", clock(&db).await)
}

fn mail(config: &Config) -> String {
    match &config.mail {
        Mail::Off => "is off: nobody can confirm or change an address".to_owned(),
        Mail::Smtp(url) => format!("goes to {url}. `mail test ADDRESS` tries it"),
        Mail::Inbox => "stays in data/mail, for /dev/mail".to_owned(),
    }
}

async fn provider_answers(config: &Config, provider: &Provider) -> Result<String, String> {
    let back = provider.callback(config);
    match provider.check().await {
        Ok(true) => Ok(format!("{} answers. It has to know {back}", provider.name)),
        Ok(false) => Ok(format!("{} is set up; only a sign-in shows whether it answers. It has to know {back}", provider.name)),
        Err(failure) => Err(format!("{} is of no help: {failure}", provider.name)),
    }
}

async fn queue(db: &Db) -> Result<String, String> {
    match accounts::jobs::count(db).await {
        Ok((waiting, parked)) => Ok(format!("has {waiting} that wait and {parked} that are parked")),
        Err(error) => Err(told(&error.into())),
    }
}

fn check(what: &str, result: Result<String, String>) -> Result<()> {
    match result {
        Ok(state) => say(&format!("ok    {what:<10} {state}")),
        Err(cure) => {
            say(&format!("WRONG {what:<10} {cure}"))?;
            bail!("the doctor found something wrong");
        }
    }
}

async fn schema(db: &Db) -> Result<String, String> {
    match entity::missing(db).await {
        Ok(missing) if missing.is_empty() => Ok("has every table and column that the app reads".to_owned()),
        Ok(missing) => Err(format!("does not fit the app, so it was changed by hand or stamped too early. {}", missing.join("; "))),
        Err(error) => Err(told(&error.into())),
    }
}

/// A file that was there before the app keeps the mode that it had.
fn private(path: &Path) -> Result<String, String> {
    let mode = config::mode(path).map_err(|error| error.to_string())?;
    match mode & 0o077 {
        0 => Ok("is for its owner alone".to_owned()),
        _ => Err(format!("can be read by others (mode {mode:o}). Run `chmod 600 {0} {0}-*`", path.display())),
    }
}

/// A new app has none, which is nothing wrong.
async fn admin(db: &Db) -> Result<String, String> {
    match roles::has_admin(db).await {
        Ok(true) => Ok("there is one".to_owned()),
        Ok(false) => Ok("none yet. `serve` prints a link by which one is made; or run `user create --admin`".to_owned()),
        Err(error) => Err(told(&error.into())),
    }
}

/// Of a database that was filled in development.
async fn personas(db: &Db) -> Result<String, String> {
    match accounts::personas::holding_permissions(db).await {
        Ok(names) if names.is_empty() => Ok("hold no permission".to_owned()),
        Ok(names) => Err(format!("of development may do more than others: {}. Run `user delete` with each name", names.join(", "))),
        Err(error) => Err(told(&error.into())),
    }
}

/// Sessions and limits end by the clock, and are forgotten where it was set back.
async fn clock(db: &Db) -> Result<String, String> {
    let now = Timestamp::now();
    match accounts::audit::newest(db).await {
        Ok(Some(newest)) if newest.is_from_the_future() => {
            Err(format!("says {}, but the audit has an entry of {}. Set the machine's clock", now.rfc3339(), newest.rfc3339()))
        }
        Ok(_) => Ok(format!("says {}", now.rfc3339())),
        Err(error) => Err(told(&error.into())),
    }
}
