//! What is asked for, and what of it is granted.
use super::{EMAIL, connected, kept};
use crate::{
    oauth::query,
    support::{App, Issuer, PLAIN},
};
use axum::http::StatusCode;
use serde_json::json;

const NOTES: (&str, &str) = ("OAUTH_SSO_SCOPES", "openid,notes");

#[tokio::test]
async fn what_the_answer_does_not_name_is_what_was_asked_for() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[NOTES]).await;
    let (ada, _) = connected(&app, &issuer).await;

    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid", "notes"]);
}

/// As GitHub writes them.
#[tokio::test]
async fn commas_part_scopes_too() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(60).grants("read:user,user:email gist");
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;

    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["read:user", "user:email", "gist"]);
}

#[tokio::test]
async fn who_allows_more_is_asked_again_for_what_was_granted_before() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(60).grants("openid extra");
    let app = App::with_issuer(&issuer, &[NOTES]).await;
    let (_, mut browser) = connected(&app, &issuer).await;

    let out = browser.post("/oauth/sso/connect", &[("scope", "notes")]).await.header("location").to_owned();
    assert_eq!(query(&out)["scope"], "openid notes extra");

    // For another account, as little as ever.
    let out = browser.set_out("sso", "connect", "").await;
    assert_eq!(query(&out)["scope"], "openid notes");
}

#[tokio::test]
async fn a_scope_that_nothing_names_is_asked_of_nobody() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[NOTES]).await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/oauth/sso/connect", &[("scope", "admin:everything")]).await.is(422).shows("No page of this app needs that scope");
    assert_eq!(app.count("oauth_attempts").await, 0);
    browser.get("/account/connections?need=sso&scope=admin:everything").await.hides("is needed").hides("<code>admin");
    browser.get("/account/connections?need=sso&scope=notes").await.shows("Sso is needed").shows("<code>notes</code>");
    browser.post("/oauth/sso/connect", &[("scope", "notes")]).await.is(StatusCode::SEE_OTHER.as_u16());
}

#[tokio::test]
async fn what_is_needed_and_not_granted_is_said() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(60).grants("openid");
    let app = App::with_issuer(&issuer, &[NOTES]).await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    issuer.says(json!({ "sub": "1815" }));

    let out = browser.post("/oauth/sso/connect", &[("scope", "notes"), ("next", "/account/activity")]).await.header("location").to_owned();
    let back = "/account/connections?need=sso&scope=notes&next=%2Faccount%2Factivity";
    browser.get(&issuer.allow(&out)).await.redirects_to(back);

    browser.get(back).await.shows("Sso did not allow notes").shows("<code>openid</code>").shows("Continue to Sso");
}

/// For that a provider is asked for little.
#[tokio::test]
async fn signing_in_takes_nothing_away_that_was_granted_for_more() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants("openid notes");
    let app = App::with_issuer(&issuer, &[NOTES]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    issuer.grants("openid");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid", "notes"]);
    issuer.grants("openid notes more");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid", "notes", "more"]);

    // Whoever was asked for all of it says what they want.
    issuer.grants("openid");
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid", "notes", "more"]);
    let out = browser.post("/oauth/sso/connect", &[("scope", "notes")]).await.header("location").to_owned();
    browser.get(&issuer.allow(&out)).await.redirects_to("/account/connections?need=sso&scope=notes");
    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid"]);
}

#[tokio::test]
async fn what_was_granted_waits_with_a_stranger_for_the_form() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600);
    let app = App::with_issuer(&issuer, &[]).await;
    issuer.says(json!({ "sub": "1815", "name": "Ada" }));
    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");

    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/account");

    let ada = app.person(EMAIL).await;
    assert_eq!(super::access_token(&app, &ada).await, "access-1");
    assert!(app.column("oauth_attempts", "sealed").await.contains(&String::new()), "what waited is erased");
}

/// Else what depends on them would stay broken.
#[tokio::test]
async fn what_is_reconnected_is_asked_for_all_that_it_allowed() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants("openid notes");
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    let id = super::identity(&app, &ada).await.id.to_string();
    issuer.takes_back();
    browser.get("/account/connections").await.shows(&format!("name=\"connection\" value=\"{id}\""));

    let out = browser.post("/oauth/sso/connect", &[("connection", &id)]).await.header("location").to_owned();
    assert_eq!(query(&out)["scope"], "openid email profile notes");

    let eve = app.user("eve@example.com").await;
    let out = app.browser_of(&eve).await.post("/oauth/sso/connect", &[("connection", &id)]).await.header("location").to_owned();
    assert_eq!(query(&out)["scope"], "openid email profile", "of somebody else nothing is told");
}

/// What a provider knows nothing of any more is no reason to refuse what it grants now.
#[tokio::test]
async fn more_that_has_ended_gives_way_to_less_that_works() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants("openid notes");
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;

    issuer.takes_back();
    issuer.grants("openid");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");

    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid"]);
}

#[tokio::test]
async fn what_is_no_scope_is_left_out() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants(&format!("openid \"x\" \u{202e}y \0 {} z", "w".repeat(129)));
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;

    assert_eq!(kept(&app, &ada).await.unwrap().scopes, ["openid", "z"]);
}
