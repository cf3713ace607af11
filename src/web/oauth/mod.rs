//! Out to a provider and back. Each address says what for, so that no form can ask for something else.
pub mod callback;
pub mod finish;
mod trouble;

use super::{
    AppState, CurrentUser, Error, Form, Result,
    browser::{CurrentBrowser, remember},
    redirect::{self, LocalPath},
};
use crate::{
    accounts::{Client, Viewer},
    oauth::{self, Intent, Start},
    seal::BrowserId,
};
use axum::extract::{Path, State};
use serde::Deserialize;
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
    start(&app, &provider, &client, browser, (Intent::Login, None), form).await
}

pub async fn connect(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    start(&app, &provider, &client, browser, (Intent::Connect, Some(&viewer)), form).await
}

pub async fn verify(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    start(&app, &provider, &client, browser, (Intent::Verify, Some(&viewer)), form).await
}

async fn start(
    app: &AppState,
    provider: &str,
    client: &Client,
    browser: CurrentBrowser,
    (intent, viewer): (Intent, Option<&Viewer>),
    form: StartForm,
) -> Result {
    let provider = app.providers.get(provider).ok_or(Error::NotFound)?;
    let browser = browser.0.unwrap_or_else(BrowserId::generate);
    let next = LocalPath::once_signed_in(&app.config.base_url, &form.next).map_or(String::new(), |next| next.as_str().to_owned());
    let start = Start { intent, viewer, next: next.clone() };
    match oauth::begin(&app.db, &app.config, client, provider, &browser, start).await {
        Ok(url) => Ok(remember(app, &browser, redirect::to_provider(&url))),
        Err(error) => trouble(app, provider, Some(intent), &next, error),
    }
}
