//! What takes a way in from somebody takes the providers', too.
use crate::support::{App, Issuer, OTHER_PASSWORD, PASSWORD, PLAIN};
use serde_json::json;

/// Connected by whoever is in the account.
async fn connect(app: &App, issuer: &Issuer, email: &str, subject: &str) {
    let mut browser = app.browser();
    browser.sign_in(email, PASSWORD).await.redirects_to("/");
    browser.dance(issuer.says(json!({ "sub": subject })), "sso", "connect", "").await.redirects_to("/account/connections");
}

#[tokio::test]
async fn an_admin_who_resets_access_takes_them_all() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, boss) = (app.user("ada@example.com").await, app.admin("boss@example.com").await);
    connect(&app, &issuer, &ada.email, "1").await;

    let mut browser = app.browser_of(&boss).await;
    browser.post(&format!("/admin/users/{}/reset-access", ada.id), &[("reason", "lost")]).await.is(303);

    assert_eq!(app.count("identities").await, 0);
}

/// Nobody knows when somebody else got in: before they changed the address, perhaps.
#[tokio::test]
async fn undoing_a_change_of_address_takes_whatever_is_connected() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    connect(&app, &issuer, &ada.email, "before").await;
    let mut thief = app.browser_of(&ada).await;
    thief.post("/account/email", &[("email", "thief@example.org")]).await.is(303);
    let link = app.mail_to("thief@example.org").await.link();
    thief.post(&link, &[]).await.is(303);
    let undo = app.mail_to("ada@example.com").await.link();
    connect(&app, &issuer, "thief@example.org", "after").await;

    app.browser().post(&undo, &[]).await.is(303);

    assert_eq!(app.count("identities").await, 0);
}

#[tokio::test]
async fn who_was_not_them_leaves_nothing_connected() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    connect(&app, &issuer, &ada.email, "ada").await;
    app.execute("UPDATE identities SET created_at = created_at - 60000").await;
    app.execute("DELETE FROM devices").await;
    app.mailed().await;
    let mut thief = app.browser_of(&ada).await;
    let not_me = app.mail_to("ada@example.com").await.link();
    thief.dance(issuer.says(json!({ "sub": "thief" })), "sso", "connect", "").await.redirects_to("/account/connections");

    app.browser().post(&not_me, &[]).await.is(303);

    assert_eq!(app.column("identities", "subject").await, ["ada"]);
}

#[tokio::test]
async fn an_owner_who_proves_the_address_by_a_new_password_takes_a_squatters() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut squatter = app.browser();
    issuer.says(json!({ "sub": "squatter" }));
    squatter.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    squatter.post("/oauth/finish", &[("email", "owner@example.com"), ("username", "squatter")]).await.is(303);
    app.execute("DELETE FROM throttles").await;
    app.mailed().await;

    app.browser().post("/password/forgot", &[("email", "owner@example.com")]).await.is(303);
    let link = app.mail_to("owner@example.com").await.link();
    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    assert_eq!(app.count("identities").await, 0);
    assert!(!squatter.is_signed_in().await);
}

#[tokio::test]
async fn an_admin_with_an_identity_alone_can_sign_in() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, boss) = (app.admin("ada@example.com").await, app.admin("boss@example.com").await);
    app.execute(&format!("UPDATE users SET password_hash = NULL WHERE id = {}", ada.id)).await;
    let mut browser = app.browser_of(&boss).await;
    let demote = format!("/admin/users/{}/roles", boss.id);

    browser.post(&demote, &[("roles", "user")]).await.is(422);
    app.execute(&format!(
        "INSERT INTO identities (user_id, provider, issuer, subject, label, created_at) VALUES ({}, 'sso', '{}', '1', 'ada', 1)",
        ada.id, issuer.url
    ))
    .await;
    browser.post(&demote, &[("roles", "user")]).await.is(303);
}
