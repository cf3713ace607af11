//! When nothing helps but connecting anew.
use super::{access_token, api, connected, ends, notes, somebody_holds_the_lease, start};
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
    browser.get("/account/connections").await.shows("<dd>Ada Lovelace</dd>").shows("ends in 59 minutes");
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

/// Nobody waits for a dead one who brings new tokens.
#[tokio::test]
async fn reconnecting_takes_a_lease_over() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    somebody_holds_the_lease(&app, &ada, Timestamp::now().after(Duration::from_secs(90))).await;

    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");

    assert_eq!(access_token(&app, &ada).await, "access-2");
    assert_eq!(app.count("refresh_leases").await, 0);
}

#[tokio::test]
async fn a_lease_of_a_clock_that_was_set_back_counts_no_more() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    somebody_holds_the_lease(&app, &ada, Timestamp::NEVER).await;
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

#[tokio::test]
async fn nobody_is_told_over_and_over() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    let mut mails = 0;
    for _ in 0..5 {
        issuer.takes_back();
        notes(&app, &issuer, &ada).await.unwrap_err();
        mails += app.mailed().await.len();
        browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    }

    assert_eq!(mails, 3);
}
