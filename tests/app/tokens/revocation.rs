use super::{access_token, api, connected, disconnect, ends, start};
use crate::support::{App, CLIENT, Issuer, ODD};
use app::accounts::{
    Actor, Client,
    admin::{self, Delivery},
};
use axum::{http::StatusCode, response::IntoResponse};
use std::time::Duration;

#[tokio::test]
async fn what_is_disconnected_is_erased_here_and_ended_there() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    disconnect(&app, &ada, &mut browser).await;
    assert_eq!(app.count("provider_tokens").await, 0);
    assert_eq!(issuer.revocations().len(), 0, "nobody waits for that");
    app.mailed().await;

    let revoked = &issuer.revocations()[0];
    assert_eq!((revoked["token"].as_str(), revoked["token_type_hint"].as_str()), ("refresh-1", "refresh_token"));
    assert!(revoked["basic"].starts_with("Basic "));
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'done' AND payload = ''").await, 1);
}

#[tokio::test]
async fn a_provider_that_wants_the_secret_in_the_form_gets_it_there() {
    let issuer = Issuer::start(ODD).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, mut browser) = connected(&app, &issuer).await;

    disconnect(&app, &ada, &mut browser).await;
    app.mailed().await;

    let revoked = &issuer.revocations()[0];
    assert_eq!((revoked["token"].as_str(), revoked["token_type_hint"].as_str()), ("access-token", "access_token"));
    assert_eq!(revoked["client_id"], CLIENT);
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_again() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    disconnect(&app, &ada, &mut browser).await;
    issuer.answers(|| StatusCode::SERVICE_UNAVAILABLE.into_response());

    app.mailed().await;
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'waiting' AND tries = 1").await, 1);
    assert!(app.column("jobs", "error").await.contains(&"sso: it is away: it answers 503 Service Unavailable".to_owned()));
    app.time_passes(Duration::from_secs(6)).await;
    app.mailed().await;

    assert_eq!(issuer.revocations().len(), 2);
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'done'").await, 1);
}

#[tokio::test]
async fn with_a_person_goes_what_they_granted() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;

    app.delete(&ada).await;
    app.mailed().await;

    assert_eq!((app.count("identities").await, app.count("provider_tokens").await, issuer.revocations().len()), (0, 0, 1));
}

#[tokio::test]
async fn closing_every_way_in_ends_what_was_granted() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;

    let client = Client::command_line();
    admin::reset_access(app.db(), &app.state.config, &Actor::command_line(&client), &app.row(&ada).await, None, Delivery::Show)
        .await
        .unwrap();
    app.mailed().await;

    assert_eq!((app.count("provider_tokens").await, issuer.revocations().len()), (0, 1));
}

/// Of a provider that is not set up any more, or never granted anything, there is nothing to ask.
#[tokio::test]
async fn without_a_provider_there_is_nothing_to_end() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let without = App::on(&app.url(), &[], |routes| routes).await;

    without.delete(&ada).await;
    without.mailed().await;

    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'done'").await, 1);
    assert_eq!(issuer.revocations().len(), 0);
}

/// What the provider hands out while somebody disconnects it ends as well.
#[tokio::test]
async fn disconnected_while_new_tokens_are_fetched_both_are_ended() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    ends(&app, &ada).await;
    issuer.stalls(Duration::from_secs(1));
    let call = api(&app, &ada).await;
    let fetched = tokio::spawn(async move { call.profile().await });
    while issuer.refreshes() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    disconnect(&app, &ada, &mut browser).await;
    assert!(fetched.await.unwrap().is_err());
    app.mailed().await;

    let mut ended: Vec<String> = issuer.revocations().iter().map(|form| form["token"].clone()).collect();
    ended.sort();
    assert_eq!(ended, ["refresh-1", "refresh-2"]);
    assert_eq!(app.count("provider_tokens").await, 0);
}

#[tokio::test]
async fn disconnecting_one_leaves_the_others() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    issuer.says(serde_json::json!({ "sub": "2" }));
    browser.dance(&issuer, "sso", "connect", "").await;
    assert_eq!(app.count("provider_tokens").await, 2);

    disconnect(&app, &ada, &mut browser).await;

    assert_eq!((app.count("provider_tokens").await, access_token(&app, &ada).await.as_str()), (1, "access-2"));
}

/// Many providers would end all that this person granted, and so what was granted meanwhile.
#[tokio::test]
async fn what_is_connected_anew_before_the_provider_could_be_asked_stays() {
    let (issuer, app) = start(3600).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    disconnect(&app, &ada, &mut browser).await;

    browser.dance(&issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    app.mailed().await;

    assert_eq!(issuer.revocations().len(), 0);
    assert_eq!(app.count("jobs WHERE kind = 'revoke' AND state = 'done'").await, 1);
    assert_eq!(access_token(&app, &ada).await, "access-2");
}
