use super::{access_token, api, connected, ends, identity, kept, lasts, notes, start};
use crate::support::{App, Issuer, PLAIN, Person};
use app::{db::Timestamp, oauth::ApiError};
use axum::{http::StatusCode, response::IntoResponse};
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

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
async fn a_token_that_is_refused_before_its_time_is_fetched_anew() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    issuer.ends_access();

    assert_eq!(notes(&app, &issuer, &ada).await.unwrap(), ["a note"]);

    assert_eq!((access_token(&app, &ada).await.as_str(), issuer.refreshes()), ("access-2", 1));
}

async fn ten_get_their_notes(app: &App, issuer: &Issuer, person: &Person) {
    let calls = (0..10).map(async |_| notes(app, issuer, person).await);
    for call in futures_util::future::join_all(calls).await {
        assert_eq!(call.unwrap(), ["a note"]);
    }
}

#[tokio::test]
async fn of_many_whose_token_is_refused_one_fetches_new_ones() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    issuer.ends_access();

    ten_get_their_notes(&app, &issuer, &ada).await;

    assert_eq!(issuer.refreshes(), 1);
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

    issuer.stalls(Duration::from_millis(500));
    let call = api(&app, &ada).await;
    let call = tokio::spawn(async move { call.profile().await });
    while issuer.refreshes() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    call.abort();
    while app.count("refresh_leases").await > 0 {
        sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(access_token(&app, &ada).await, "access-2");
}

/// Whoever waited for the one who fetched them sees that they are new all the same.
#[tokio::test]
async fn a_provider_that_repeats_its_access_token_is_asked_once() {
    let (issuer, app) = start(3600).await;
    issuer.repeats_itself();
    let (ada, _) = connected(&app, &issuer).await;
    issuer.ends_access();

    ten_get_their_notes(&app, &issuer, &ada).await;

    assert_eq!(issuer.refreshes(), 1);
}

/// Else every call would fetch new ones.
#[tokio::test]
async fn an_api_that_refuses_what_is_new_is_believed_by_nobody() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let other = Issuer::start(PLAIN).await;
    other.hands_out(3600);
    other.ends_access();

    for _ in 0..3 {
        let answer = api(&app, &ada).await.at(other.url.parse().unwrap()).get::<Vec<String>>("/notes").await;
        assert!(matches!(answer, Err(ApiError::Provider { .. })));
    }

    assert_eq!((issuer.refreshes(), app.count("provider_tokens").await), (0, 1));
}

/// The refresh token that was used up meanwhile must not be what is kept.
#[tokio::test]
async fn who_signs_in_while_new_tokens_are_fetched_spoils_nothing() {
    let (issuer, app) = start(3600).await;
    issuer.grants("openid notes");
    let (ada, _) = connected(&app, &issuer).await;
    ends(&app, &ada).await;
    issuer.stalls(Duration::from_secs(1));
    let call = api(&app, &ada).await;
    let fetched = tokio::spawn(async move { call.profile().await });
    while issuer.refreshes() == 0 {
        sleep(Duration::from_millis(5)).await;
    }

    issuer.grants("openid").forges_tokens(json!({ "refresh_token": null }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    fetched.await.unwrap().ok();

    assert_eq!(kept(&app, &ada).await.unwrap().refresh_token.unwrap().expose_secret(), "refresh-2");
}
