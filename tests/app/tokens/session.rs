//! Tokens in the session of a browser, for an app that keeps them no longer than that.
use super::{EMAIL, tokens};
use crate::support::App;
use app::{
    oauth::tokens::{Owner, TokenStorage},
    web::{AppState, access::public, routes::Routes, session::SessionStorage},
};
use axum::{Extension, extract::State};
use secrecy::ExposeSecret;
use tower_sessions::Session;

fn owner() -> Owner {
    Owner::Site { provider: "practice".to_owned(), issuer: "http://127.0.0.1".to_owned() }
}

async fn keep(State(app): State<AppState>, Extension(session): Extension<Session>) {
    SessionStorage::new(&app, session).set(&owner(), &tokens("a-token")).await.unwrap();
}

async fn look(State(app): State<AppState>, Extension(session): Extension<Session>) -> String {
    let kept = SessionStorage::new(&app, session).get(&owner()).await.unwrap();
    kept.map_or("nothing".to_owned(), |tokens| tokens.access_token.expose_secret().to_owned())
}

async fn forget(State(app): State<AppState>, Extension(session): Extension<Session>) {
    SessionStorage::new(&app, session).delete(&owner()).await.unwrap();
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
