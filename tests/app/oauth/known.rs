//! Providers with a file of their own, each as a router that answers as it does; and some that speak OpenID Connect in their way.
use crate::support::{App, Browser, Issuer, PLAIN, bind};
use app::config::{Build, Config};
use axum::{
    Router,
    http::{HeaderMap, Method, StatusCode, Uri, header::AUTHORIZATION},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

type Recorded = Arc<Mutex<Vec<String>>>;

/// Tokens at one path, and JSON for who shows them at others.
async fn provider(token: &'static str, pages: Vec<(&'static str, Value)>) -> String {
    recording(token, pages, StatusCode::OK).await.0
}

/// And what it is asked elsewhere, which it answers so.
async fn recording(token: &'static str, pages: Vec<(&'static str, Value)>, status: StatusCode) -> (String, Recorded) {
    let (listener, port) = bind().await;
    let recorded = Recorded::default();
    let record = recorded.clone();
    let tokens = json!({ "access_token": "token", "token_type": "bearer", "scope": "a,b" }).to_string();
    let mut router = Router::new().route(token, post(async move || ([("content-type", "application/json")], tokens)));
    for (path, value) in pages {
        router = router.route(path, get(async move |headers: HeaderMap| page(&headers, &value)));
    }
    let router = router.fallback(async move |method: Method, uri: Uri, headers: HeaderMap, body: String| {
        let by = headers.get(AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
        record.lock().unwrap().push(format!("{method} {} {by} {body}", uri.path()));
        status
    });
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    (format!("http://127.0.0.1:{port}"), recorded)
}

fn page(headers: &HeaderMap, value: &Value) -> axum::response::Response {
    match headers.get(AUTHORIZATION) {
        Some(token) if token == "Bearer token" && headers.contains_key("user-agent") => value.to_string().into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn app(name: &str, home: &str, more: &[(&str, &str)]) -> App {
    let [issuer, id, secret] = ["ISSUER", "CLIENT_ID", "CLIENT_SECRET"].map(|ending| format!("OAUTH_{}_{ending}", name.to_uppercase()));
    App::with(&[&[(issuer.as_str(), home), (id.as_str(), "id"), (secret.as_str(), "secret")], more].concat()).await
}

async fn come_by(app: &App, name: &str) -> (Browser, String) {
    let mut browser = app.browser();
    let out = browser.set_out(name, "login", "").await;
    let state = out.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let leads_to = browser.get(&format!("/oauth/{name}/callback?code=x&state={state}")).await.header("location").to_owned();
    (browser, leads_to)
}

fn github(verified: bool) -> Vec<(&'static str, Value)> {
    let emails = json!([
        { "email": "shown@example.com", "primary": false, "verified": true },
        { "email": "ada@example.com", "primary": true, "verified": verified },
    ]);
    let user = json!({ "id": 1815, "login": "ada", "name": "Ada Lovelace", "email": "shown@example.com" });
    vec![("/api/v3/user", user), ("/api/v3/user/emails", emails)]
}

#[tokio::test]
async fn github_gives_the_primary_address_and_knows_whether_it_is_theirs() {
    let home = provider("/login/oauth/access_token", github(true)).await + "/login/oauth";
    let app = app("github", &home, &[]).await;

    let (mut browser, leads_to) = come_by(&app, "github").await;

    assert_eq!(leads_to, "/");
    browser.get("/account").await.shows("ada@example.com").shows("Ada Lovelace");
    assert_eq!(app.column("identities", "subject").await, ["1815"]);
}

#[tokio::test]
async fn github_without_a_verified_address_leads_to_the_form() {
    let home = provider("/login/oauth/access_token", github(false)).await + "/login/oauth";
    let app = app("github", &home, &[]).await;

    assert_eq!(come_by(&app, "github").await.1, "/oauth/finish");
}

#[tokio::test]
async fn discord_leads_to_the_form_unless_it_is_trusted() {
    let user = json!({ "id": "80351110224678912", "username": "ada", "global_name": "Ada", "email": "ada@example.com", "verified": true });
    let home = provider("/api/oauth2/token", vec![("/api/users/@me", user)]).await;

    assert_eq!(come_by(&app("discord", &home, &[]).await, "discord").await.1, "/oauth/finish");
    assert_eq!(come_by(&app("discord", &home, &[("OAUTH_DISCORD_TRUST_EMAIL", "yes")]).await, "discord").await.1, "/");
}

/// It says of no address whether it is verified, so trusting it changes nothing.
#[tokio::test]
async fn facebook_leads_to_the_form() {
    let user = json!({ "id": "10", "name": "Ada Lovelace", "email": "ada@example.com" });
    let home = provider("/v23.0/oauth/access_token", vec![("/v23.0/me", user)]).await;
    let app = app("facebook", &home, &[("OAUTH_FACEBOOK_TRUST_EMAIL", "yes")]).await;

    let (mut browser, leads_to) = come_by(&app, "facebook").await;

    assert_eq!(leads_to, "/oauth/finish");
    browser.get("/oauth/finish").await.shows("value=\"ada@example.com\"");
}

/// Signed in there, and deleted here.
async fn come_and_go(name: &str, home: &str) -> App {
    let trust = format!("OAUTH_{}_TRUST_EMAIL", name.to_uppercase());
    let app = app(name, home, &[(trust.as_str(), "yes")]).await;
    let (mut browser, leads_to) = come_by(&app, name).await;
    if leads_to == "/oauth/finish" {
        browser.post("/oauth/finish", &[("email", "ada@example.com"), ("username", "ada")]).await.redirects_to("/account");
    }
    app.execute("UPDATE users SET email_confirmed_at = 1").await;
    browser.get("/account/connections").await.is(200).shows("<dt>Profile</dt>").shows("<code>a</code> <code>b</code>");
    app.delete(&app.person("ada@example.com").await).await;
    app.mailed().await;
    app
}

#[tokio::test]
async fn github_takes_back_the_grant_of_a_person() {
    let (home, recorded) = recording("/login/oauth/access_token", github(true), StatusCode::NO_CONTENT).await;
    let app = come_and_go("github", &(home + "/login/oauth")).await;

    let asked = recorded.lock().unwrap().clone();
    assert_eq!(asked, ["DELETE /api/v3/applications/id/grant Basic aWQ6c2VjcmV0 {\"access_token\":\"token\"}"]);
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'done'").await, 1);
}

#[tokio::test]
async fn discord_takes_back_a_token() {
    let user = json!({ "id": "80351110224678912", "username": "ada", "global_name": "Ada", "email": "ada@example.com", "verified": true });
    let (home, recorded) = recording("/api/oauth2/token", vec![("/api/users/@me", user)], StatusCode::OK).await;
    come_and_go("discord", &home).await;

    let asked = recorded.lock().unwrap().clone();
    let form = "token=token&token_type_hint=access_token&client_id=id&client_secret=secret";
    assert_eq!(asked, [format!("POST /api/oauth2/token/revoke  {form}")]);
}

#[tokio::test]
async fn facebook_takes_back_every_permission() {
    let user = json!({ "id": "10", "name": "Ada Lovelace", "email": "ada@example.com" });
    let (home, recorded) = recording("/v23.0/oauth/access_token", vec![("/v23.0/me", user)], StatusCode::OK).await;
    come_and_go("facebook", &home).await;

    assert_eq!(*recorded.lock().unwrap(), ["DELETE /v23.0/me/permissions Bearer token "]);
}

#[tokio::test]
async fn a_revocation_that_is_not_taken_is_tried_again() {
    let (home, recorded) = recording("/login/oauth/access_token", github(true), StatusCode::INTERNAL_SERVER_ERROR).await;
    let app = come_and_go("github", &(home + "/login/oauth")).await;

    assert_eq!(recorded.lock().unwrap().len(), 1);
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'waiting' AND tries = 1").await, 1);
}

#[tokio::test]
async fn google_vouches_for_its_own_addresses_alone() {
    let issuer = Issuer::start(PLAIN).await;
    for (email, hd, leads_to) in [
        ("ada@gmail.com", Value::Null, "/"),
        ("ada@example.com", json!("example.com"), "/"),
        ("ada@example.com", Value::Null, "/oauth/finish"),
        ("ada@gmail.com.example.com", Value::Null, "/oauth/finish"),
    ] {
        let app = App::with_issuers(&[("GOOGLE", &issuer)], &[]).await;
        issuer.says(json!({ "sub": "1", "email": email, "email_verified": true, "hd": hd, "preferred_username": "ada" }));
        app.browser().continue_with(&issuer, "google").await.redirects_to(leads_to);
    }
}

/// No `email_verified` at all, a username that is an address, an `oid` that is none of ours.
#[tokio::test]
async fn microsoft_leads_to_the_form() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    issuer.says(json!({ "sub": "AAAA", "oid": "x", "email": "ada@example.com", "preferred_username": "ada@example.com", "ver": "2.0" }));

    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");

    browser.get("/oauth/finish").await.shows("value=\"ada@example.com\"").shows("value=\"ada\"");
}

#[tokio::test]
async fn slack_and_gitlab_give_a_proven_address_and_no_username() {
    for claims in [
        json!({ "sub": "U1", "email": "ada@example.com", "email_verified": true, "name": "Ada", "https://slack.com/user_id": "U1" }),
        json!({ "sub": "17", "sub_legacy": "x", "email": "ada@example.com", "email_verified": true, "nickname": "ada", "groups": ["a"] }),
    ] {
        let issuer = Issuer::start(PLAIN).await;
        let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;

        let mut browser = app.browser();
        browser.continue_with(issuer.says(claims), "sso").await.redirects_to("/oauth/finish");
        browser.get("/oauth/finish").await.shows("says that your address is <strong>ada@example.com</strong>");
    }
}

/// What the guide says to type is accepted.
#[test]
fn the_recipes_of_the_guide_are_settings() {
    let guide = include_str!("../../../docs/providers.md");
    let lines: Vec<&str> = guide.lines().filter(|line| line.starts_with("OAUTH_")).collect();
    assert!(lines.len() > 20, "{lines:?}");
    let settings: BTreeMap<String, String> =
        lines.iter().map(|line| line.split_once('=').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    assert_eq!(settings.len(), lines.len(), "a setting stands there twice");

    let mut required = settings.clone();
    for (name, value) in [("SECRET_KEY", crate::support::KEY), ("BASE_URL", "https://app.example.com"), ("MAIL", "off")] {
        required.insert(name.to_owned(), value.to_owned());
    }
    let config = Config::read(required, BTreeMap::new(), Build::Release).unwrap();

    let names: Vec<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
    for name in ["discord", "facebook", "github", "gitlab", "google", "microsoft", "slack"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}
