//! Who somebody is, whatever else changes.
use super::ada;
use crate::support::{App, CLIENT, Issuer, ODD, PLAIN, SECRET};
use serde_json::json;

#[tokio::test]
async fn somebody_new_is_in_with_one_click() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("OAUTH_SSO_LABEL", "Example SSO")]).await;
    let mut browser = app.browser();
    issuer.says(ada());

    browser.get("/login").await.shows("Continue with Example SSO");
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    browser.get("/account").await.is(200).shows("ada@example.com").shows("Ada Lovelace");
    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL AND password_hash IS NULL").await, 1);
}

#[tokio::test]
async fn the_second_time_the_same_account_is_theirs_whatever_else_changed_there() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");
    issuer.says(json!({ "sub": "1815", "email": "countess@example.org", "email_verified": true, "preferred_username": "countess" }));

    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    browser.get("/account").await.shows("ada@example.com");
    assert_eq!((app.count("users").await, app.column("identities", "label").await), (1, vec!["countess@example.org".to_owned()]));
}

#[tokio::test]
async fn the_same_subject_elsewhere_is_somebody_else() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(ODD).await);
    let trusted = [("OAUTH_SSO_TRUST_EMAIL", "yes"), ("OAUTH_OTHER_TRUST_EMAIL", "yes")];
    let app = App::with_issuers(&[("SSO", &issuer), ("OTHER", &other)], &trusted).await;
    issuer.says(ada());
    other.says(json!({ "sub": "1815", "email": "eve@example.com", "email_verified": true, "preferred_username": "eve" }));

    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    let mut eve = app.browser();
    eve.continue_with(&other, "other").await.redirects_to("/");

    eve.get("/account").await.shows("eve@example.com");
    assert_eq!(app.count("users").await, 2);
}

/// A name that is configured anew for another issuer must not let its people in.
#[tokio::test]
async fn the_same_subject_of_another_issuer_under_the_same_name_is_somebody_else() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(PLAIN).await);
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");
    let url = app.url();
    let moved = [("OAUTH_SSO_ISSUER", other.url.as_str()), ("OAUTH_SSO_CLIENT_ID", CLIENT), ("OAUTH_SSO_CLIENT_SECRET", SECRET)];
    let moved = App::on(&url, &moved, |routes| routes).await;

    moved.browser().continue_with(other.says(ada()), "sso").await.redirects_to("/login?next=/account/connections");

    assert_eq!(moved.count("identities").await, 1);
}

#[tokio::test]
async fn it_leads_to_the_page_that_was_asked_for_and_never_elsewhere() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");

    for (next, leads_to) in [
        ("/account/activity?x=1", "/account/activity?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/login", "/"),
        ("/logout", "/"),
        ("/oauth/sso/callback?state=x", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        app.browser().dance(&issuer, "sso", "login", next).await.redirects_to(leads_to);
    }
}

#[tokio::test]
async fn nothing_of_an_earlier_visitor_survives() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let eve = app.user("eve@example.com").await;
    let mut browser = app.browser_of(&eve).await;
    let old = browser.clone();

    browser.continue_with(issuer.says(ada()), "sso").await.redirects_to("/");

    assert_ne!(browser.session_cookie(), old.session_cookie());
    browser.get("/account").await.shows("ada@example.com");
    old.clone().get("/account").await.redirects_to("/login?next=/account");
}
