//! Who comes for the first time says what the provider did not.
use crate::support::{App, Browser, Issuer, PASSWORD, PLAIN};
use serde_json::json;
use std::time::Duration;

const EMAIL: &str = "ada@example.com";

/// Who cannot be let in at once: nothing vouches for the address.
async fn stranger(app: &App, issuer: &Issuer) -> Browser {
    issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": true, "preferred_username": "ada" }));
    let mut browser = app.browser();
    browser.dance(issuer, "sso", "login", "/account/activity").await.redirects_to("/oauth/finish");
    browser
}

#[tokio::test]
async fn what_the_provider_said_is_filled_in_and_treated_as_typed() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = stranger(&app, &issuer).await;

    browser.get("/oauth/finish").await.is(200).shows("value=\"ada@example.com\"").shows("value=\"ada\"");
    browser.post("/oauth/finish", &[("email", "lovelace@example.com"), ("username", "lovelace")]).await.redirects_to("/account/activity");

    assert_eq!(app.count("users WHERE email = 'lovelace@example.com' AND email_confirmed_at IS NULL").await, 1);
    app.mail_to("lovelace@example.com").await.says("Confirm");
    browser.get("/oauth/finish").await.redirects_to("/login");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
}

#[tokio::test]
async fn a_proven_address_cannot_be_typed_over() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.user("ada@example.org").await;
    let mut browser = stranger(&app, &issuer).await;

    browser.get("/oauth/finish").await.is(200).shows(EMAIL).hides("name=\"email\"");
    browser.post("/oauth/finish", &[("username", "ada"), ("email", "victim@example.com")]).await.refuses("username");
    browser.post("/oauth/finish", &[("username", "lovelace"), ("email", "victim@example.com")]).await.redirects_to("/account/activity");

    assert_eq!(app.count(&format!("users WHERE email = '{EMAIL}' AND email_confirmed_at IS NOT NULL")).await, 1);
}

#[tokio::test]
async fn an_address_of_somebody_else_is_refused() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    app.user("grace@example.com").await;
    let mut browser = stranger(&app, &issuer).await;

    browser.post("/oauth/finish", &[("email", "grace@example.com"), ("username", "ada")]).await.refuses("email");
    browser.post("/oauth/finish", &[("email", "x"), ("username", "")]).await.refuses("email").refuses("username");

    assert_eq!(app.count("identities").await, 0);
}

#[tokio::test]
async fn fields_that_nobody_asked_for_change_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = stranger(&app, &issuer).await;
    let extra = [
        ("email", EMAIL),
        ("username", "ada"),
        ("role", "admin"),
        ("email_confirmed_at", "1"),
        ("subject", "2"),
        ("id", "99"),
        ("password_hash", "x"),
    ];

    browser.post("/oauth/finish", &extra).await.redirects_to("/account/activity");

    assert_eq!(app.count("users WHERE id <> 99 AND email_confirmed_at IS NULL AND password_hash IS NULL").await, 1);
    assert_eq!(app.column("user_roles JOIN roles ON roles.id = role_id", "roles.name").await, ["user"]);
    assert_eq!(app.column("identities", "subject").await, ["1815"]);
}

#[tokio::test]
async fn it_waits_in_that_browser_alone_for_a_day_and_once() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = stranger(&app, &issuer).await;
    let mut late = browser.clone();
    let form = [("email", EMAIL), ("username", "ada")];

    app.browser().get("/oauth/finish").await.redirects_to("/login");
    app.browser().post("/oauth/finish", &form).await.redirects_to("/login");
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(one.post("/oauth/finish", &form), two.post("/oauth/finish", &form));
    let led_to = [one.header("location"), two.header("location")];

    assert!(led_to.contains(&"/account/activity"), "{led_to:?}");
    assert_eq!(app.count("users").await, 1);
    browser.get("/oauth/finish").await.redirects_to("/login");
    issuer.says(json!({ "sub": "2" }));
    late.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    app.time_passes(Duration::from_secs(24 * 60 * 60 + 1)).await;
    late.get("/oauth/finish").await.redirects_to("/login");
}

/// Where an address is proven before there is an account, who has one is told to nobody but its owner.
#[tokio::test]
async fn a_link_comes_first_where_addresses_are_proven_before() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut browser = stranger(&app, &issuer).await;

    browser.get("/oauth/finish").await.is(200).shows("We mail you a link");
    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/check-inbox");
    assert_eq!(app.count("users").await, 0);
    let link = app.mail_to(EMAIL).await.link();
    browser.get(&link).await.is(200).shows("your Sso account signs you in").hides("name=\"password\"");
    browser.post(&link, &[]).await.redirects_to("/account");

    assert_eq!(app.count(&format!("users WHERE email = '{EMAIL}' AND username = 'ada' AND email_confirmed_at IS NOT NULL")).await, 1);
    assert_eq!(app.count("identities").await, 1);
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
}

#[tokio::test]
async fn elsewhere_that_link_connects_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut eve = stranger(&app, &issuer).await;
    eve.post("/oauth/finish", &[("email", "owner@example.com"), ("username", "olga")]).await.redirects_to("/check-inbox");
    let link = app.mail_to("owner@example.com").await.link();
    let mut owner = app.browser();

    owner.get(&link).await.is(200).shows("name=\"password\"");
    owner.post(&link, &[("username", "olga")]).await.refuses("password");
    owner.post(&link, &[("username", "olga"), ("password", PASSWORD)]).await.redirects_to("/account");

    assert_eq!((app.count("users").await, app.count("identities").await), (1, 0));
    eve.post(&link, &[]).await.is(410);
}

#[tokio::test]
async fn free_and_taken_addresses_get_the_same_answer_where_they_are_proven_before() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut free = stranger(&app, &issuer).await;
    let free = free.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await;
    app.user(EMAIL).await;
    app.execute("DELETE FROM throttles").await;
    app.mailed().await;

    let mut taken = stranger(&app, &issuer).await;
    let taken = taken.post("/oauth/finish", &[("email", EMAIL), ("username", "lovelace")]).await;

    assert_eq!((free.status, free.header("location")), (taken.status, taken.header("location")));
    app.mail_to(EMAIL).await.says("It has one already");
}

#[tokio::test]
async fn a_username_that_was_taken_meanwhile_is_asked_for_again() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut browser = stranger(&app, &issuer).await;
    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/check-inbox");
    let link = app.mail_to(EMAIL).await.link();
    app.user("ada@example.org").await;

    browser.post(&link, &[]).await.refuses("username");
    browser.post(&link, &[("username", "lovelace")]).await.redirects_to("/account");

    assert_eq!(app.count("users WHERE username = 'lovelace'").await, 1);
}

#[tokio::test]
async fn registering_this_way_counts_as_any_other() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = stranger(&app, &issuer).await;
    app.user("grace@example.com").await;

    for _ in 0..10 {
        browser.post("/oauth/finish", &[("email", "grace@example.com"), ("username", "ada")]).await.is(422);
    }

    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.is(429);
}

#[tokio::test]
async fn pressing_the_button_of_the_link_twice_makes_one_account_and_no_error() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut browser = stranger(&app, &issuer).await;
    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/check-inbox");
    let link = app.mail_to(EMAIL).await.link();

    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(one.post(&link, &[]), two.post(&link, &[]));

    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort();
    assert!(statuses == [303, 410] || statuses == [303, 422], "{statuses:?}");
    assert_eq!(app.count("users").await, 1);
}

#[tokio::test]
async fn an_identity_that_was_connected_meanwhile_makes_no_second_account() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("CONFIRM_EMAIL", "before")]).await;
    let mut browser = stranger(&app, &issuer).await;
    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/check-inbox");
    let link = app.mail_to(EMAIL).await.link();
    let grace = app.user("grace@example.com").await;
    app.browser_of(&grace).await.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");

    browser.post(&link, &[]).await.redirects_to("/login");

    assert_eq!(app.count("users").await, 1);
}

#[tokio::test]
async fn a_proven_address_that_was_taken_meanwhile_is_told() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.user("ada@example.org").await;
    let mut browser = stranger(&app, &issuer).await;
    app.user("other@example.com").await;
    app.execute(&format!("UPDATE users SET email = '{EMAIL}' WHERE username = 'other'")).await;

    browser.post("/oauth/finish", &[("username", "lovelace")]).await.is(422).shows("That address has an account by now.");
}

#[tokio::test]
async fn signing_out_leaves_nothing_to_whoever_comes_next() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = stranger(&app, &issuer).await;

    browser.post("/logout", &[]).await.redirects_to("/login");

    browser.get("/oauth/finish").await.redirects_to("/login");
}
