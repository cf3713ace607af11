//! Tokens in the session of a browser, for an app that keeps them no longer than that.
use super::{EMAIL, HOUR, connected, tokens};
use crate::support::{App, Issuer, PLAIN};
use app::{
    accounts::identities,
    db::Timestamp,
    oauth::tokens::{Owner, TokenSet, TokenStorage},
    web::{
        AppState, CurrentUser, Error,
        access::{public, signed_in},
        routes::Routes,
        session::{CurrentSession, SessionStorage},
    },
};
use axum::{extract::State, http::StatusCode};
use secrecy::ExposeSecret;
use std::sync::Arc;

fn owner() -> Owner {
    Owner::Site { provider: "practice".to_owned(), issuer: "http://127.0.0.1".to_owned() }
}

async fn keep(current: CurrentSession) {
    SessionStorage::new(&current).set(&owner(), &tokens("a-token")).await.unwrap();
}

async fn look(current: CurrentSession) -> String {
    let kept = SessionStorage::new(&current).get(&owner()).await.unwrap();
    kept.map_or("nothing".to_owned(), |tokens| tokens.access_token.expose_secret().to_owned())
}

async fn forget(current: CurrentSession) {
    SessionStorage::new(&current).delete(&owner()).await.unwrap();
}

fn routes(routes: Routes) -> Routes {
    routes.action("/keep", public(), keep).page("/look", public(), look).action("/forget", public(), forget)
}

#[tokio::test]
async fn they_are_of_one_browser_and_sealed() {
    let app = App::with_routes(routes).await;
    let (mut one, mut other) = (app.browser(), app.browser());

    one.post("/keep", &[]).await.is(200);

    one.get("/look").await.shows("a-token");
    other.get("/look").await.shows("nothing");
    assert!(app.column("sessions", "data").await.iter().all(|data| !data.contains("a-token")));
    one.post("/forget", &[]).await.is(200);
    one.get("/look").await.shows("nothing");
}

/// Nothing of a visitor before survives a sign-in, and nothing of somebody who signed out.
#[tokio::test]
async fn another_person_in_the_same_browser_has_none_of_them() {
    let app = App::with_routes(routes).await;
    let (ada, eve) = (app.user(EMAIL).await, app.user("eve@example.com").await);
    let mut browser = app.browser();
    browser.post("/keep", &[]).await.is(200);

    browser.sign_in(&ada.email, crate::support::PASSWORD).await.redirects_to("/");
    browser.get("/look").await.shows("nothing");
    browser.post("/keep", &[]).await.is(200);
    browser.sign_in(&eve.email, crate::support::PASSWORD).await.redirects_to("/");
    browser.get("/look").await.shows("nothing");
}

/// By tokens in the session, of which the first have ended. Fails although the API answers.
async fn call(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, current: CurrentSession) -> Result<(), Error> {
    let grants = app.grants.kept_in(Arc::new(SessionStorage::new(&current)));
    let identity = identities::list(&app.db, viewer.user.id).await?.remove(0);
    let owner = Owner::from(&identity);
    if grants.storage().get(&owner).await?.is_none() {
        let tokens = app.grants.storage().get(&owner).await?.unwrap();
        let at = Timestamp::now().before(HOUR);
        grants.storage().set(&owner, &TokenSet { obtained_at: at.before(HOUR), expires_at: Some(at), ..tokens }).await?;
    }
    let api = grants.of(&identity).unwrap();
    let url = app.providers.list()[0].issuer.parse()?;
    api.at(url).get::<Vec<String>>("/notes").await?;
    Err(Error::Refused(StatusCode::INTERNAL_SERVER_ERROR, "it was called"))
}

/// What a provider hands out once is written at once.
#[tokio::test]
async fn requests_that_fail_or_run_side_by_side_lose_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600);
    let settings = issuer.settings("SSO");
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let app = App::build(&settings, |routes| routes.page("/call", signed_in(), call)).await;
    let (_, browser) = connected(&app, &issuer).await;
    browser.clone().get("/call").await.is(500).shows("it was called");

    let calls = (0..4).map(async |_| browser.clone().get("/call").await.is(500).shows("it was called").status);
    futures_util::future::join_all(calls).await;

    assert_eq!(issuer.refreshes(), 1);
}
