//! Whom a provider lets in no further than the app does.
use crate::support::{App, Issuer, PLAIN};
use serde_json::json;

const EMAIL: &str = "ada@example.com";

#[tokio::test]
async fn a_deactivated_person_stays_out_whether_known_or_not() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let known = json!({ "sub": "1", "email": EMAIL, "email_verified": true, "preferred_username": "ada" });
    app.browser().continue_with(issuer.says(known), "sso").await.redirects_to("/");
    app.deactivate(&app.person(EMAIL).await).await;

    for subject in ["1", "2"] {
        issuer.says(json!({ "sub": subject, "email": EMAIL, "email_verified": true }));
        let mut browser = app.browser();
        browser.continue_with(&issuer, "sso").await.redirects_to("/login").sets_no_session_cookie();
        browser.get("/login").await.shows("This account is deactivated.");
    }

    assert_eq!(app.count("audit WHERE action = 'sign-in' AND outcome = 'failure'").await, 2);
}

#[tokio::test]
async fn where_registration_is_closed_a_provider_opens_no_door() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("REGISTRATION", "closed")]).await;
    app.user("boss@example.com").await;

    for verified in [true, false] {
        issuer.says(json!({ "sub": "1", "email": EMAIL, "email_verified": verified, "preferred_username": "ada" }));
        let mut browser = app.browser();
        browser.continue_with(&issuer, "sso").await.redirects_to("/login");
        browser.get("/login").await.shows("only administrators add people");
        browser.get("/oauth/finish").await.is(404);
        browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.is(404);
    }
    issuer.says(json!({ "sub": "2", "email": "boss@example.com", "email_verified": true }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");

    assert_eq!((app.count("users").await, app.count("identities").await), (1, 1));
}

#[tokio::test]
async fn only_addresses_of_the_domains_may_register_by_a_provider() {
    let issuer = Issuer::start(PLAIN).await;
    let settings = [("OAUTH_SSO_TRUST_EMAIL", "yes"), ("CONFIRM_EMAIL", "before"), ("REGISTRATION_DOMAINS", "example.com")];
    let app = App::with_issuer(&issuer, &settings).await;

    issuer.says(json!({ "sub": "1", "email": "eve@example.org", "email_verified": true, "preferred_username": "eve" }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/login");
    issuer.says(json!({ "sub": "2", "email": "eve@example.org", "email_verified": false, "preferred_username": "eve" }));
    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    browser.post("/oauth/finish", &[("email", "eve@example.org"), ("username", "eve")]).await.refuses("email");
    issuer.says(json!({ "sub": "3", "email": EMAIL, "email_verified": true, "preferred_username": "ada" }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");

    assert_eq!(app.column("users", "email").await, [EMAIL]);
}

/// Where nobody registers, who has an account is told by no other page either.
#[tokio::test]
async fn where_registration_is_closed_free_and_held_addresses_look_alike() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("REGISTRATION", "closed")]).await;
    app.user(EMAIL).await;
    let mut answers = Vec::new();

    for email in [EMAIL, "nobody@example.com"] {
        issuer.says(json!({ "sub": email, "email": email, "email_verified": true }));
        let mut browser = app.browser();
        browser.continue_with(&issuer, "sso").await.redirects_to("/login");
        answers.push(browser.get("/login").await.body);
    }

    assert_eq!(answers[0], answers[1]);
}
