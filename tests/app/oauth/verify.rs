//! Proving by a provider that it is still them.
use crate::support::{App, Browser, Issuer, PLAIN, Person};
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

async fn stale(app: &App, issuer: &Issuer, person: &Person, subject: &str) -> Browser {
    let mut browser = app.browser_of(person).await;
    browser.dance(issuer.says(json!({ "sub": subject })), "sso", "connect", "").await.is(303);
    app.time_passes(Duration::from_secs(30 * 60)).await;
    browser.get("/account/email").await.redirects_to("/verify?next=/account/email");
    browser
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn the_identity_that_is_connected_proves_it() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = stale(&app, &issuer, &ada, "1").await;
    let old = browser.clone();

    browser.get("/verify?next=/account/email").await.is(200).shows("action=\"/oauth/sso/verify\"");
    let out = browser.set_out("sso", "verify", "/account/email").await;
    assert!(out.contains("max_age=0"));
    browser.get(&issuer.allow(&out)).await.redirects_to("/account/email");

    browser.get("/account/email").await.is(200);
    assert_ne!(old.session_cookie(), browser.session_cookie());
}

#[tokio::test]
async fn somebody_elses_or_nobodys_does_not() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, eve) = (app.user("ada@example.com").await, app.user("eve@example.com").await);
    stale(&app, &issuer, &eve, "2").await;
    let mut browser = stale(&app, &issuer, &ada, "1").await;

    for subject in ["2", "3"] {
        issuer.says(json!({ "sub": subject }));
        browser.dance(&issuer, "sso", "verify", "/account/email").await.redirects_to("/verify?next=/account/email");
        browser.get("/verify").await.shows("That is not the Sso account");
        browser.get("/account/email").await.redirects_to("/verify?next=/account/email");
    }
    assert_eq!(app.count("audit WHERE action = 'prove' AND outcome = 'failure'").await, 2);
}

#[tokio::test]
async fn who_signed_in_there_earlier_or_nobody_knows_when_proves_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = stale(&app, &issuer, &ada, "1").await;

    for forged in [json!({ "auth_time": now() - 3600 }), json!({ "auth_time": now() + 3600 }), json!({ "auth_time": null })] {
        issuer.forges(forged);
        browser.dance(&issuer, "sso", "verify", "/account/email").await.redirects_to("/verify?next=/account/email");
        browser.get("/verify").await.shows("does not show that it is still you");
        browser.get("/account/email").await.redirects_to("/verify?next=/account/email");
    }
}

#[tokio::test]
async fn plain_oauth_cannot_tell_and_is_not_offered() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_GITHUB_CLIENT_ID", "x"), ("OAUTH_GITHUB_CLIENT_SECRET", "x")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.execute(&format!("INSERT INTO identities (user_id, provider, issuer, subject, label, created_at) VALUES ({}, 'github', 'https://github.com/login/oauth', '1', 'ada', 1)", ada.id)).await;

    browser.get("/verify").await.hides("/oauth/github/verify").hides("/oauth/sso/verify");
    browser.post("/oauth/github/verify", &[]).await.redirects_to("/verify");
}

/// Else a click at a provider where somebody is signed in would be as good as proving it.
#[tokio::test]
async fn signing_in_once_more_proves_no_more_than_the_provider_says() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = stale(&app, &issuer, &ada, "1").await;

    for auth_time in [json!(null), json!(now() - 3600), json!(now() + 3600)] {
        issuer.forges(json!({ "auth_time": auth_time }));
        browser.continue_with(&issuer, "sso").await.redirects_to("/");
        browser.get("/account/email").await.redirects_to("/verify?next=/account/email");
    }
    issuer.forges(json!({ "auth_time": now() }));
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    browser.get("/account/email").await.is(200);
}
