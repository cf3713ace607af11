//! What has to be right about a token that says who came.
use crate::support::{App, Issuer, ODD, PLAIN};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

async fn is_let_in(app: &App, issuer: &Issuer) -> bool {
    let mut browser = app.browser();
    let leads_to = browser.continue_with(issuer, "sso").await.header("location").to_owned();
    if leads_to == "/login" {
        browser.get("/login").await.shows("did not answer as it should");
    }
    leads_to == "/oauth/finish"
}

#[tokio::test]
async fn only_one_for_this_app_and_this_dance_is_good() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("LIMIT_SCALE", "10")]).await;
    assert!(is_let_in(&app, &issuer).await);

    for forged in [
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": format!("{}/", issuer.url) }),
        json!({ "aud": "another-app" }),
        json!({ "aud": ["the-app", "another-app"] }),
        json!({ "aud": null }),
        json!({ "azp": "another-app" }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": now() - 61 }),
        json!({ "exp": null }),
        json!({ "iat": now() + 120 }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "sub": "x".repeat(256) }),
        json!({ "sub": "a\u{0}b" }),
        json!({ "sub": "subject-1 " }),
        json!({ "sub": " subject-1" }),
    ] {
        issuer.forges(forged.clone());
        assert!(!is_let_in(&app, &issuer).await, "{forged}");
    }
    assert_eq!(app.count("users").await, 0);
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;

    for forged in [json!({ "exp": now() - 30 }), json!({ "iat": now() + 30 }), json!({ "azp": "the-app" })] {
        assert!(is_let_in(&app, issuer.forges(forged)).await);
    }
}

/// The provider names HS256 and `none` as well, and one is signed with the secret.
#[tokio::test]
async fn only_signatures_that_none_but_the_provider_can_make_are_good() {
    for manners in [PLAIN, ODD] {
        let issuer = Issuer::start(manners).await;
        let app = App::with_issuer(&issuer, &[]).await;
        assert!(is_let_in(&app, &issuer).await);

        for header in [
            json!({ "alg": "none" }),
            json!({ "alg": "HS256" }),
            json!({ "alg": "RS384" }),
            json!({ "alg": "ES256" }),
            json!({ "alg": if manners.algorithm == "RS256" { "PS256" } else { "RS256" } }),
            json!({ "crit": ["x"] }),
        ] {
            issuer.forges_header(header.clone());
            assert!(!is_let_in(&app, &issuer).await, "{header}");
        }
    }
}

#[tokio::test]
async fn a_changed_claim_breaks_the_signature() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    assert!(is_let_in(&app, issuer.tampers(json!({ "sub": "subject-1" }))).await, "changed to what it was");

    assert!(!is_let_in(&app, issuer.tampers(json!({ "sub": "subject-2" }))).await);
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_a_made_up_one_not_again() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    assert!(is_let_in(&app, &issuer).await);
    assert_eq!(issuer.discoveries(), 1);

    issuer.rotates_its_key();
    assert!(is_let_in(&app, &issuer).await);
    assert_eq!(issuer.discoveries(), 2);

    issuer.forges_header(json!({ "kid": "made-up" }));
    for _ in 0..3 {
        assert!(!is_let_in(&app, &issuer).await);
    }
    assert_eq!(issuer.discoveries(), 2);
}

#[tokio::test]
async fn an_issuer_that_differs_by_a_slash_is_told_with_both_spellings() {
    let issuer = Issuer::start(PLAIN).await;
    let with_slash = format!("{}/", issuer.url);
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_ISSUER", &with_slash)]).await;
    let mut browser = app.browser();

    browser.post("/oauth/sso/login", &[]).await.redirects_to("/login");

    browser.get("/login").await.shows("did not answer as it should").shows(&format!("`{}`", issuer.url)).shows(&format!("`{with_slash}`"));
}

/// Nothing of the inside where the app is not at the visitor's own machine.
#[tokio::test]
async fn what_went_wrong_at_a_provider_is_told_to_developers_alone() {
    let issuer = Issuer::start(PLAIN).await;
    let with_slash = format!("{}/", issuer.url);
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_ISSUER", &with_slash), ("DEV_PUBLIC", "yes")]).await;
    let mut browser = app.browser();

    browser.post("/oauth/sso/login", &[]).await.redirects_to("/login");

    browser.get("/login").await.shows("did not answer as it should. Try again later, or another way.").hides("127.0.0.1:");
}

#[tokio::test]
async fn whatever_else_a_provider_says_breaks_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("LIMIT_SCALE", "10")]).await;
    let long = "x".repeat(10_000);
    let odd: [Value; 7] = [
        json!({ "sub": "1", "email": format!("{}@example.com", "x".repeat(300)), "email_verified": true }),
        json!({ "sub": "2", "email": "a\u{0}b@example.com\r\nBcc: x@example.com", "email_verified": true }),
        json!({ "sub": "3", "email": "<svg onload=alert(1)>", "name": "<svg onload=alert(1)>", "preferred_username": "\"><script>" }),
        json!({ "sub": "4", "name": long, "preferred_username": long }),
        json!({ "sub": "5", "name": "\u{202e}evil", "preferred_username": "admin" }),
        json!({ "sub": "6", "email": "not an address", "email_verified": true }),
        json!({ "sub": "7", "email": "", "name": "" }),
    ];

    for (number, claims) in odd.into_iter().enumerate() {
        let mut browser = app.browser();
        browser.continue_with(issuer.says(claims.clone()), "sso").await.redirects_to("/oauth/finish");
        browser.get("/oauth/finish").await.is(200).hides("<svg").hides("<script>");
        let (email, username) = (format!("somebody{number}@example.com"), format!("somebody{number}"));
        browser.post("/oauth/finish", &[("email", &email), ("username", "\u{0}")]).await.is(422);
        browser.post("/oauth/finish", &[("email", &email), ("username", &username)]).await.redirects_to("/account");
        browser.get("/account").await.is(200).hides("<svg");
    }
    assert_eq!(app.count("users WHERE email_confirmed_at IS NULL").await, 7);
}
