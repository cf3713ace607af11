//! Out to a provider and back. Each address says what for, so that no form can ask for something else.
pub mod callback;
pub mod finish;
mod trouble;

use super::{AppState, CurrentUser, Error, Form, Result, browser::CurrentBrowser, redirect};
use crate::{
    accounts::{Client, Viewer},
    oauth::{self, Browser, Intent, Start},
};
use axum::{
    extract::{Path, State},
    http::header::SET_COOKIE,
    response::Response,
};
use serde::Deserialize;
use std::time::Duration;
use trouble::trouble;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StartForm {
    next: String,
}

pub async fn login(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    start(&app, &provider, &client, browser, Start { intent: Intent::Login, viewer: None, next: form.next }).await
}

pub async fn connect(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    start(&app, &provider, &client, browser, of(&viewer, Intent::Connect, form)).await
}

pub async fn verify(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    start(&app, &provider, &client, browser, of(&viewer, Intent::Verify, form)).await
}

fn of(viewer: &Viewer, intent: Intent, form: StartForm) -> Start<'_> {
    Start { intent, viewer: Some(viewer), next: form.next }
}

async fn start(app: &AppState, provider: &str, client: &Client, browser: CurrentBrowser, start: Start<'_>) -> Result {
    let provider = app.providers.get(provider).ok_or(Error::NotFound)?;
    let browser = browser.0.unwrap_or_else(Browser::generate);
    let (intent, next) = (start.intent, start.next.clone());
    match oauth::begin(&app.db, &app.config, client, provider, &browser, start).await {
        Ok(url) => Ok(remember(app, &browser, redirect::to_provider(&url))),
        Err(error) => trouble(app, provider, Some(intent), &next, error),
    }
}

/// As long as what waits there to be finished.
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

fn remember(app: &AppState, browser: &Browser, mut response: Response) -> Response {
    let cookie = app.cookies.set(&app.cookies.dance, browser.expose(), Some(REMEMBERED_FOR));
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}
