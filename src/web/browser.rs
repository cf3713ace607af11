//! The browser that began a dance with a provider.
use super::{AppState, cookies};
use crate::oauth::Browser;
use axum::{extract::FromRequestParts, http::request::Parts};
use std::convert::Infallible;

/// Known by a cookie of its own, which signing in leaves alone.
pub struct CurrentBrowser(pub Option<Browser>);

impl FromRequestParts<AppState> for CurrentBrowser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Self(cookies::read(&parts.headers, &app.cookies.dance).and_then(Browser::parse)))
    }
}
