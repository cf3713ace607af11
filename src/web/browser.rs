//! The browser that began a dance with a provider: known by a cookie of its own, which signing in leaves alone.
use super::{App, AppState, cookies};
use crate::{oauth::WAITS_FOR, seal::BrowserId};
use axum::{
    extract::FromRequestParts,
    http::{header::SET_COOKIE, request::Parts},
    response::Response,
};
use std::convert::Infallible;

pub struct CurrentBrowser(pub Option<BrowserId>);

impl FromRequestParts<AppState> for CurrentBrowser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Self(cookies::read(&parts.headers, &app.cookies.dance).and_then(BrowserId::parse)))
    }
}

/// As long as what may wait there to be finished, from now on.
pub fn remember(app: &App, browser: &BrowserId, mut response: Response) -> Response {
    let cookie = app.cookies.set(&app.cookies.dance, browser.expose(), Some(WAITS_FOR));
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}
