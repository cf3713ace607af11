//! The command line: serve, migrate, look after people.
mod commands;

use app::config::PACKAGE;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = PACKAGE, version, about, after_help = "Without a command it serves. Settings come from the environment and .env; .env.example lists them.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the app (the default), and work off its queue. Applies pending migrations first, unless MIGRATE_ON_START=no.
    Serve {
        /// Leave the queue to `worker`.
        #[arg(long)]
        without_worker: bool,
    },
    /// Work off the queue without serving: mail, and what is due again and again.
    Worker,
    /// Change the database's schema, or see where it stands.
    #[command(subcommand)]
    Migrate(commands::migrate::Migrate),
    /// Look after people without a browser.
    #[command(subcommand)]
    User(commands::user::User),
    /// What people may do: roles, and who holds them.
    #[command(subcommand)]
    Role(commands::role::Role),
    /// Say whether settings, database, schema and clock are right, and what to do where they are not. Exits with 1 then.
    Doctor,
    /// Delete what is over: sessions, limits, links, jobs, browsers that nobody used for a year. A worker does so every hour.
    Cleanup {
        /// Only count them.
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy an SQLite database into a new file, while the app goes on.
    Backup { file: std::path::PathBuf },
    /// Fill a database with invented people, for a look at full pages.
    Seed(commands::seed::Seed),
    /// Try whether mail leaves.
    #[command(subcommand)]
    Mail(commands::mail::Mail),
    /// Print every route and who may pass.
    Routes,
    /// Print a new key for SECRET_KEY.
    Secret,
    /// Seal what the database keeps secret anew, under the first key of SECRET_KEY: then the others can be taken out.
    Reseal,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        // As `head` does once it has seen enough.
        Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            commands::say_error(&format!("error: {}", app::causes::told(&error)));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command.unwrap_or(Command::Serve { without_worker: false }) {
        Command::Serve { without_worker } => commands::serve::run(without_worker).await,
        Command::Worker => commands::worker::run().await,
        Command::Mail(mail) => commands::mail::run(mail).await,
        Command::Migrate(migrate) => commands::migrate::run(migrate).await,
        Command::User(user) => commands::user::run(user).await,
        Command::Role(role) => commands::role::run(role).await,
        Command::Doctor => commands::operate::doctor().await,
        Command::Cleanup { dry_run } => commands::operate::cleanup(dry_run).await,
        Command::Backup { file } => commands::operate::backup(&file).await,
        Command::Seed(seed) => commands::seed::run(seed).await,
        Command::Routes => commands::print_routes(),
        Command::Reseal => commands::reseal::run().await,
        Command::Secret => commands::say(&app::config::generate_key()),
    }
}
