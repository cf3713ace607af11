//! For machines: is the process alive, is it ready to serve, what may be indexed.
use super::{AppState, Result, error::unavailable};
use axum::{extract::State, response::IntoResponse};
use std::sync::atomic::Ordering::Relaxed;

pub async fn live() -> &'static str {
    "ok"
}

/// Whoever balances the load asks this. No while the process is about to stop, and without the database, where pages would be
/// errors.
pub async fn ready(State(app): State<AppState>) -> Result {
    if app.leaving.load(Relaxed) {
        return Ok(unavailable());
    }
    app.db.ping().await?;
    Ok("ready".into_response())
}

pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /account\n"
}
