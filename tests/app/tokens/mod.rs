//! What providers granted: where it is kept, how it is used, and how it ends.
mod api;
mod connections;
#[cfg(debug_assertions)]
mod guard;
mod lost;
mod odd;
mod refresh;
mod reseal;
mod revocation;
mod scopes;
mod session;
mod storage;

use crate::support::{App, Browser, Issuer, PLAIN, Person};
use app::{
    accounts::identities::{self, Identity},
    db::Timestamp,
    oauth::{
        Api, ApiError,
        tokens::{Owner, TokenSet},
    },
};
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;

const EMAIL: &str = "ada@example.com";
/// Another than the app's.
const NEW_KEY: &str = "bmV3LWtleS1vZi0zMi1ieXRlcy0wMTIzNDU2Nzg5YWI";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Ada, who connected her account at that provider.
async fn connected(app: &App, issuer: &Issuer) -> (Person, Browser) {
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    issuer.says(json!({ "sub": "1815", "name": "Ada Lovelace" }));
    browser.dance(issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    // The mail that says so.
    app.mailed().await;
    browser.get("/account").await.is(200);
    (ada, browser)
}

async fn identity(app: &App, person: &Person) -> Identity {
    identities::list(app.db(), person.id).await.unwrap().remove(0)
}

async fn api(app: &App, person: &Person) -> Api {
    app.state.grants.of(&identity(app, person).await).unwrap()
}

/// As they are kept for her.
async fn kept(app: &App, person: &Person) -> Option<TokenSet> {
    app.state.grants.storage().get(&Owner::from(&identity(app, person).await)).await.unwrap()
}

async fn access_token(app: &App, person: &Person) -> String {
    kept(app, person).await.unwrap().access_token.expose_secret().to_owned()
}

/// What is kept for her has ended a second ago.
async fn ends(app: &App, person: &Person) {
    lasts(app, person, Timestamp::now().before(Duration::from_secs(1))).await;
}

async fn lasts(app: &App, person: &Person, until: Timestamp) {
    let tokens = TokenSet { expires_at: Some(until), obtained_at: until.before(HOUR), ..kept(app, person).await.unwrap() };
    app.state.grants.storage().set(&Owner::from(&identity(app, person).await), &tokens).await.unwrap();
}

fn tokens(access: &str) -> TokenSet {
    TokenSet {
        access_token: access.into(),
        refresh_token: Some("refresh".into()),
        scopes: vec!["openid".to_owned()],
        obtained_at: Timestamp::now(),
        expires_at: Some(Timestamp::now().after(HOUR)),
    }
}

async fn start(lasts: u64) -> (Issuer, App) {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(lasts);
    let app = App::with_issuer(&issuer, &[]).await;
    (issuer, app)
}

async fn notes(app: &App, issuer: &Issuer, person: &Person) -> Result<Vec<String>, ApiError> {
    api(app, person).await.at(issuer.url.parse().unwrap()).get("/notes").await
}

/// Another instance on the same database, with those keys.
async fn with_key(app: &App, issuer: &Issuer, key: &str) -> App {
    let settings = issuer.settings("SSO");
    let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("SECRET_KEY", key)]);
    App::on(&app.url(), &settings.collect::<Vec<_>>(), |routes| routes).await
}

/// Somebody fetches new tokens for her, and does not end.
async fn somebody_holds_the_lease(app: &App, person: &Person, ends_at: Timestamp) {
    let key = format!("identity:{}", identity(app, person).await.id);
    app.execute(&format!("INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('{key}', 'x', {})", ends_at.0)).await;
}

async fn disconnect(app: &App, person: &Person, browser: &mut Browser) {
    let path = format!("/account/connections/{}/disconnect", identity(app, person).await.id);
    browser.post(&path, &[]).await.redirects_to("/account/connections");
}
