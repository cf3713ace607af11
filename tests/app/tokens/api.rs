//! Calls, and whom a token is shown to.
use super::{access_token, api, connected, ends, notes, start};
use app::oauth::{Api, ApiError};
use std::time::Duration;
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
