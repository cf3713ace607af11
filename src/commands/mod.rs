//! What the command line can do. Results go to standard output, everything else to standard error.
pub mod mail;
pub mod migrate;
mod new_migration;
pub mod operate;
pub mod role;
pub mod seed;
pub mod serve;
mod signals;
pub mod user;

use app::{
    config::Config,
    db::{self, Db},
};
use std::io::Write;

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
