//! Calls, and whom a token is shown to.
use super::{access_token, api, connected, ends, kept, notes, start};
use app::{
    db::Timestamp,
    oauth::{
        Api, ApiError,
        tokens::{Memory, Owner, TokenSet},
    },
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use url::Url;

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

    browser.get("/account/connections").await.shows("does not say who you are").hides("Eve");
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
        assert!(answer.is_err(), "{path}");
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

#[tokio::test]
async fn what_an_api_refuses_is_told_apart() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;

    let answer = api(&app, &ada).await.at(issuer.url.parse().unwrap()).get::<()>("/nowhere?q=secret").await;

    assert!(matches!(answer, Err(ApiError::Status { status, path, .. }) if status == 404 && path == "/nowhere"));
}

/// A bot that posts, say.
#[tokio::test]
async fn the_app_calls_for_itself() {
    let (issuer, app) = start(3600).await;
    let (ada, _) = connected(&app, &issuer).await;
    let grants = app.state.grants.kept_in(Arc::new(Memory::default()));
    let site = grants.of_site("sso").unwrap().at(issuer.url.parse().unwrap());
    assert!(matches!(site.get::<Vec<String>>("/notes").await, Err(ApiError::Reconnect(_))));

    let tokens = TokenSet { expires_at: Some(Timestamp::now()), ..kept(&app, &ada).await.unwrap() };
    let owner = Owner::Site { provider: "sso".to_owned(), issuer: issuer.url.clone() };
    grants.storage().set(&owner, &tokens).await.unwrap();
    assert_eq!(site.get::<Vec<String>>("/notes").await.unwrap(), ["a note"]);
    issuer.takes_back();
    assert!(matches!(site.get::<Vec<String>>("/notes").await, Err(ApiError::Reconnect(_))));

    assert!(site.tokens().await.unwrap().is_none());
    assert!(app.mailed().await.is_empty());
    assert!(app.state.grants.of_site("other").is_none());
}
