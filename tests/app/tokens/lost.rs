//! When nothing helps but connecting anew.
use super::{access_token, api, connected, ends, identity, notes, start};
use crate::support::{App, Issuer, PLAIN};
use app::{db::Timestamp, oauth::ApiError};
use std::time::Duration;

#[tokio::test]
async fn what_was_taken_back_is_asked_for_once_and_told_once() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    issuer.takes_back();

    for _ in 0..3 {
        assert!(matches!(notes(&app, &issuer, &ada).await, Err(ApiError::Reconnect(name)) if name == "sso"));
    }

    assert_eq!((issuer.refreshes(), app.count("provider_tokens").await), (1, 0));
    let mailed = app.mailed().await;
    assert_eq!(mailed.len(), 1);
    mailed[0].says("Sso no longer lets us use your account");
    browser.get("/account/connections").await.is(200).shows("reconnect needed").shows("Reconnect");

    issuer.hands_out(3600);
    browser.dance(&issuer, "sso", "connect", "/account/connections").await.redirects_to("/account/connections");
    browser.get("/account/connections").await.shows("<dd>Ada Lovelace</dd>").hides("reconnect needed");
    notes(&app, &issuer, &ada).await.unwrap();
}

/// Without a refresh token a connection ends by itself; that is no news, and no mail.
#[tokio::test]
async fn what_cannot_be_renewed_ends_quietly() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    browser.get("/account/connections").await.shows("<dd>Ada Lovelace</dd>").shows("cannot be renewed");
    ends(&app, &ada).await;

    assert!(matches!(notes(&app, &issuer, &ada).await, Err(ApiError::Reconnect(_))));

    browser.get("/account/connections").await.shows("access has ended").shows("Reconnect");
    assert!(app.mailed().await.is_empty());
}

#[tokio::test]
async fn a_token_that_is_refused_and_cannot_be_renewed_is_lost() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    // From now on it takes others.
    issuer.hands_out(3600);

    assert!(matches!(notes(&app, &issuer, &ada).await, Err(ApiError::Reconnect(_))));

    app.mail_to(&ada.email).await.says("no longer lets us use");
    browser.get("/account/connections").await.shows("reconnect needed");
}

/// Whoever was to save them is gone, and so is what the provider handed out.
#[tokio::test]
async fn killed_before_the_save_the_person_is_asked_to_reconnect() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    ends(&app, &ada).await;
    let sealed = app.column("provider_tokens", "sealed").await.remove(0);
    notes(&app, &issuer, &ada).await.unwrap();
    app.execute(&format!("UPDATE provider_tokens SET sealed = '{sealed}'")).await;
    let key = format!("identity:{}", identity(&app, &ada).await.id);
    let ends_at = Timestamp::now().after(Duration::from_secs(90)).0;
    app.execute(&format!("INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('{key}', 'x', {ends_at})")).await;

    browser.get("/account/connections").await.is(200).shows("does not answer at the moment");
    app.time_passes(Duration::from_secs(91)).await;

    browser.get("/account/connections").await.is(200).shows("reconnect needed");
    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);
}

/// Nobody waits for a dead one who brings new tokens.
#[tokio::test]
async fn reconnecting_takes_a_lease_over() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    let key = format!("identity:{}", identity(&app, &ada).await.id);
    let ends_at = Timestamp::now().after(Duration::from_secs(90)).0;
    app.execute(&format!("INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('{key}', 'x', {ends_at})")).await;

    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");

    assert_eq!(access_token(&app, &ada).await, "access-2");
    assert_eq!(app.count("refresh_leases").await, 0);
}

#[tokio::test]
async fn a_lease_of_a_clock_that_was_set_back_counts_no_more() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let key = format!("identity:{}", identity(&app, &ada).await.id);
    app.execute(&format!("INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('{key}', 'x', {})", i64::MAX)).await;
    ends(&app, &ada).await;

    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);
}

/// An API may refuse what another one takes.
#[tokio::test]
async fn a_token_that_its_own_provider_takes_is_not_lost() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, _) = connected(&app, &issuer).await;
    let other = Issuer::start(PLAIN).await;
    other.hands_out(3600);

    let answer = api(&app, &ada).await.at(other.url.parse().unwrap()).get::<Vec<String>>("/notes").await;

    assert!(matches!(answer, Err(ApiError::Provider { .. })));
    assert!(app.mailed().await.is_empty());
    assert_eq!(app.count("provider_tokens").await, 1);
}
