use super::{new_migration, say, say_error};
use anyhow::{Result, ensure};
use app::{config::Config, db::migrate};
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Migrate {
    /// Apply what is pending. Safe to run from several places at once.
    Up,
    /// Revert the newest migrations, which deletes what they added.
    Down {
        /// How many.
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// Write an empty migration into this folder's sources, and list it.
    New {
        /// What it does, as add_phone_to_users.
        name: String,
    },
    /// Mark what is pending as applied without running it: for a database that has the tables already.
    Stamp,
    /// List migrations. Exits with 1 when some are pending.
    Status,
    /// Delete ALL data and build the schema anew.
    Fresh {
        /// Needed, because nothing brings the data back.
        #[arg(long)]
        yes: bool,
    },
}

pub async fn run(command: Migrate) -> Result<()> {
    let url = || Config::load().map(|config| config.database_url);
    match command {
        Migrate::Up => list("applied", &migrate::up(&url()?).await?, "nothing is pending"),
        Migrate::Down { steps } => list("reverted", &migrate::down(&url()?, steps).await?, "nothing is applied"),
        Migrate::New { name } => new_migration::write(&name),
        Migrate::Stamp => list("marked", &migrate::stamp(&url()?).await?, "nothing is pending"),
        Migrate::Status => status(&migrate::status(&url()?).await?),
        Migrate::Fresh { yes } => {
            let url = url()?;
            ensure!(yes, "this deletes all data in {url}. Add --yes if you mean it");
            migrate::fresh(&url).await?;
            say("the schema is new, all data is gone")
        }
    }
}

fn list(verb: &str, names: &[String], none: &str) -> Result<()> {
    if names.is_empty() {
        say_error(none);
    }
    names.iter().try_for_each(|name| say(&format!("{verb} {name}")))
}

fn status(status: &migrate::Status) -> Result<()> {
    list("applied", &status.applied, "nothing is applied")?;
    for (kind, names) in [("pending", &status.pending), ("unknown", &status.unknown)] {
        names.iter().try_for_each(|name| say(&format!("{kind} {name}")))?;
    }
    status.ensure_current()
}
