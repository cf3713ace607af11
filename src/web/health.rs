//! For machines: is the process alive, is it ready to serve, what may be indexed.
use super::{AppState, Error, Result};
use axum::extract::State;

pub async fn live() -> &'static str {
    "ok"
}

/// Whoever balances the load asks this; without the database, pages would be errors.
pub async fn ready(State(app): State<AppState>) -> Result<&'static str, Error> {
    app.db.ping().await?;
    Ok("ready")
}

pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /account\n"
}
