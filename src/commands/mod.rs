//! What the command line can do. Results go to standard output, everything else to standard error.
pub mod migrate;
mod new_migration;
pub mod operate;
pub mod serve;
mod signals;
pub mod user;

use std::io::Write;

/// An error where standard output is gone, as behind `head`; `println!` would panic.
pub fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// To standard error, as well as it goes.
pub fn say_error(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

pub fn print_routes() -> anyhow::Result<()> {
    let routes = app::web::routes::routes();
    for route in routes.table() {
        say(&format!("{:<10} {:<32} {}", route.methods.join(" "), route.path, route.access))?;
    }
    Ok(())
}
