//! Out to a provider and back. Each address says what for, so that no form can ask for something else.
pub mod callback;
pub mod finish;
mod trouble;

use super::{
    AppState, CurrentUser, Error, Form, Result,
    browser::{CurrentBrowser, remember},
    redirect::{self, LocalPath},
    routes,
};
use crate::{
    accounts::{
        Client,
        identities::{self, Identity},
    },
    oauth::{self, Intent, Provider, Start},
    seal::BrowserId,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use trouble::trouble;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StartForm {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConnectForm {
    next: String,
    /// More than the settings ask for: only what some page needs.
    scope: String,
    /// The id of one that is to be connected again, with all that it allowed.
    connection: String,
}

pub async fn login(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    let provider = app.providers.get(&provider).ok_or(Error::NotFound)?;
    set_out(&app, provider, &client, browser, Start::new(Intent::Login, None), &form.next).await
}

pub async fn connect(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<ConnectForm>,
) -> Result {
    let provider = app.providers.get(&provider).ok_or(Error::NotFound)?;
    let need = Some(form.scope).filter(|scope| !scope.is_empty());
    if need.as_ref().is_some_and(|scope| !routes::is_scope_named(provider, scope)) {
        return Err(Error::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "No page of this app needs that scope. Open the page that you wanted once more.",
        ));
    }
    let granted = identities::list(&app.db, viewer.user.id).await?.into_iter().filter(|identity| identity.provider == provider.name);
    let is_meant = |identity: &Identity| need.is_some() || identity.id.to_string() == form.connection;
    let scopes = granted.filter(is_meant).flat_map(|identity| identity.scopes().map(str::to_owned).collect::<Vec<_>>()).collect();
    let start = Start { scopes, need, ..Start::new(Intent::Connect, Some(&viewer)) };
    set_out(&app, provider, &client, browser, start, &form.next).await
}

pub async fn verify(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    browser: CurrentBrowser,
    Form(form): Form<StartForm>,
) -> Result {
    let provider = app.providers.get(&provider).ok_or(Error::NotFound)?;
    set_out(&app, provider, &client, browser, Start::new(Intent::Verify, Some(&viewer)), &form.next).await
}

async fn set_out(app: &AppState, provider: &Provider, client: &Client, browser: CurrentBrowser, start: Start<'_>, next: &str) -> Result {
    let browser = browser.0.unwrap_or_else(BrowserId::generate);
    let intent = start.intent;
    let next = LocalPath::once_signed_in(&app.config.base_url, next).map_or(String::new(), |next| next.as_str().to_owned());
    match oauth::begin(&app.db, &app.config, client, provider, &browser, Start { next: next.clone(), ..start }).await {
        Ok(url) => Ok(remember(app, &browser, redirect::to_provider(&url))),
        Err(error) => trouble(app, provider, Some(intent), &next, error),
    }
}
