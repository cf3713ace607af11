use super::{access_token, api, connected, ends, identity, kept, lasts};
use crate::support::{App, Issuer, PLAIN, Person};
use app::{
    db::Timestamp,
    oauth::{Api, ApiError},
};
use axum::{http::StatusCode, response::IntoResponse};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use url::Url;

async fn start(lasts: u64) -> (Issuer, App) {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(lasts);
    let app = App::with_issuer(&issuer, &[]).await;
    (issuer, app)
}

async fn notes(app: &App, issuer: &Issuer, person: &Person) -> Result<Vec<String>, ApiError> {
    api(app, person).await.at(issuer.url.parse().unwrap()).get("/notes").await
}

#[tokio::test]
async fn tokens_that_have_ended_are_fetched_anew_and_kept() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    ends(&app, &ada).await;

    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);

    assert_eq!((access_token(&app, &ada).await.as_str(), issuer.refreshes()), ("access-2", 1));
    notes(&app, &issuer, &ada).await.unwrap();
    assert_eq!(issuer.refreshes(), 1);
}

#[tokio::test]
async fn of_fifty_calls_on_two_instances_one_fetches_new_tokens() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let twin = app.twin().await;
    ends(&app, &ada).await;

    let mut calls = Vec::new();
    for number in 0..50 {
        let api = api(if number % 2 == 0 { &app } else { &twin }, &ada).await.at(issuer.url.parse().unwrap());
        calls.push(tokio::spawn(async move { api.get::<Vec<String>>("/notes").await }));
    }
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), ["a note"]);
    }

    assert_eq!(issuer.refreshes(), 1);
    assert_eq!(app.count("refresh_leases").await, 0);
}

#[tokio::test]
async fn what_a_provider_does_not_say_anew_stays() {
    let (issuer, app) = start(3600).await;
    issuer.keeps_its_refresh_token();
    let (ada, _) = connected(&app, &issuer).await;
    let before = kept(&app, &ada).await.unwrap();

    for _ in 0..2 {
        ends(&app, &ada).await;
        notes(&app, &issuer, &ada).await.unwrap();
    }

    let after = kept(&app, &ada).await.unwrap();
    assert_eq!((after.scopes, issuer.refreshes()), (before.scopes, 2));
    assert_eq!(identity(&app, &ada).await.subject, "1815");
}

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
async fn a_token_that_is_refused_before_its_time_is_fetched_anew() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    issuer.ends_access();

    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);

    assert_eq!((access_token(&app, &ada).await.as_str(), issuer.refreshes()), ("access-2", 1));
}

#[tokio::test]
async fn of_many_whose_token_is_refused_one_fetches_new_ones() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    issuer.ends_access();

    let calls = (0..10).map(async |_| notes(&app, &issuer, &ada).await);
    for call in futures_util::future::join_all(calls).await {
        assert_eq!(call.unwrap(), ["a note"]);
    }

    assert_eq!(issuer.refreshes(), 1);
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

#[tokio::test]
async fn while_the_provider_is_away_nothing_is_lost() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    // Due, and not over yet: the old ones do.
    lasts(&app, &ada, Timestamp::now().after(Duration::from_secs(20))).await;
    issuer.answers(|| StatusCode::SERVICE_UNAVAILABLE.into_response());
    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);

    ends(&app, &ada).await;
    issuer.answers(|| StatusCode::SERVICE_UNAVAILABLE.into_response());
    assert!(matches!(notes(&app, &issuer, &ada).await, Err(ApiError::Provider { .. })));
    issuer.answers(|| StatusCode::SERVICE_UNAVAILABLE.into_response());
    browser.get("/account/connections").await.is(200).shows("does not answer at the moment");

    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);
    assert!(app.mailed().await.is_empty());
}

#[tokio::test]
async fn whoever_hangs_up_meanwhile_loses_nothing() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    ends(&app, &ada).await;

    let call = api(&app, &ada).await;
    assert!(timeout(Duration::from_millis(30), call.profile()).await.is_err());
    while app.count("refresh_leases").await > 0 || issuer.refreshes() == 0 {
        sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(access_token(&app, &ada).await, "access-2");
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
    let ends_at = Timestamp::now().after(Duration::from_secs(80)).0;
    app.execute(&format!("INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('{key}', 'x', {ends_at})")).await;

    browser.get("/account/connections").await.is(200).shows("does not answer at the moment");
    app.time_passes(Duration::from_secs(81)).await;

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
    let ends_at = Timestamp::now().after(Duration::from_secs(80)).0;
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

#[tokio::test]
async fn tokens_of_somebody_else_are_refused() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    ends(&app, &ada).await;
    issuer.says_whose_they_are("somebody else");

    assert!(matches!(notes(&app, &issuer, &ada).await, Err(ApiError::Provider { .. })));

    assert_eq!(access_token(&app, &ada).await, "access-1");
}

#[tokio::test]
async fn a_profile_of_somebody_else_is_refused() {
    let (issuer, app) = start(3600).await;
    let (_, mut browser) = connected(&app, &issuer).await;

    issuer.says(serde_json::json!({ "sub": "2", "name": "Eve" }));

    browser.get("/account/connections").await.shows("does not answer").hides("Eve");
}

/// A token that was shown to another host is lost.
#[tokio::test]
async fn the_token_is_shown_to_the_api_alone() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let trap = crate::support::bind().await;
    let here = |api: Api| api.at(format!("{}/api/", issuer.url).parse::<Url>().unwrap());

    for path in [
        format!("http://127.0.0.1:{}/", trap.1),
        format!("//127.0.0.1:{}/", trap.1),
        format!("@127.0.0.1:{}/", trap.1),
        "/../notes".to_owned(),
        "notes".to_owned(),
    ] {
        let answer = here(api(&app, &ada).await).get::<serde_json::Value>(&path).await;
        assert!(matches!(answer, Err(ApiError::Provider { .. })), "{path}");
    }
    assert!(timeout(Duration::from_millis(50), trap.0.accept()).await.is_err());
}

#[tokio::test]
async fn an_api_is_posted_to() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;

    let api = api(&app, &ada).await.at(issuer.url.parse().unwrap());

    assert_eq!(api.post::<Vec<u8>>("/notes", &[1, 2]).await.unwrap(), [1, 2]);
}
