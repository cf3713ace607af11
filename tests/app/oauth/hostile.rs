//! Providers that refuse, hang, drip, flood and send elsewhere. Whatever they do, there is one page, and no error of ours.
use crate::support::{App, CLIENT, Issuer, PLAIN, SECRET, bind};
use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;

fn json(body: impl Into<Body>) -> Response {
    ([("content-type", "application/json")], body.into()).into_response()
}

async fn is_one_page(app: &App, issuer: &Issuer, what: &str) {
    says(app, issuer, what, "did not answer as it should").await;
}

async fn says(app: &App, issuer: &Issuer, what: &str, words: &str) {
    let mut browser = app.browser();
    browser.continue_with(issuer, "sso").await.redirects_to("/login").sets_no_session_cookie();
    browser.get("/login").await.shows(words).hides("access-token").hides(SECRET);
    assert_eq!(app.count("users").await, 0, "{what}");
}

#[tokio::test]
async fn whatever_comes_instead_of_tokens_is_one_friendly_page() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("LIMIT_SCALE", "10")]).await;
    let token = r#""access_token":"access-token","token_type":"Bearer""#;
    for body in [
        String::new(),
        "<html>Welcome</html>".to_owned(),
        format!("{{{token}"),
        "{}".to_owned(),
        "[]".to_owned(),
        r#"{"token_type":"Bearer"}"#.to_owned(),
        format!("{{{token}}}"),
        format!(r#"{{{token},"id_token":"x.y.z"}}"#),
        format!(r#"{{{token},"expires_in":-1,"id_token":"x.y.z"}}"#),
        format!(r#"{{{token},"expires_in":"3600","id_token":"x.y.z"}}"#),
        format!(r#"{{{token},"expires_in":1e30,"id_token":"x.y.z"}}"#),
        r#"{"error":"invalid_grant","error_description":"access-token"}"#.to_owned(),
    ] {
        let answer = body.clone();
        issuer.answers(move || json(answer.clone()));
        is_one_page(&app, &issuer, &body).await;
    }
    for status in [StatusCode::NO_CONTENT, StatusCode::FORBIDDEN] {
        issuer.answers(move || (status, json("access-token")).into_response());
        is_one_page(&app, &issuer, status.as_str()).await;
    }
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::BAD_GATEWAY] {
        issuer.answers(move || (status, json("access-token")).into_response());
        says(&app, &issuer, status.as_str(), "does not answer at the moment").await;
    }
}

#[tokio::test]
async fn nothing_is_read_beyond_a_megabyte_and_nothing_is_unpacked() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    app.browser().continue_with(issuer.pads(900 * 1024), "sso").await.redirects_to("/oauth/finish");

    for blanks in [1024 * 1024, 50 * 1024 * 1024] {
        is_one_page(&app, issuer.pads(blanks), "good, but for its length").await;
    }
    is_one_page(&app, issuer.pads(0).packs(), "good, once it is unpacked").await;
    is_one_page(&app, issuer.pads(10 * 1024 * 1024), "a bomb").await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (listener, port) = bind().await;
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = hits.clone();
    tokio::spawn(async move {
        loop {
            listener.accept().await.unwrap();
            counted.fetch_add(1, SeqCst);
        }
    });

    for target in [format!("http://127.0.0.1:{port}/"), "http://169.254.169.254/latest/meta-data/".to_owned()] {
        for status in [302, 307, 308] {
            let target = target.clone();
            issuer.answers(move || (StatusCode::from_u16(status).unwrap(), [("location", target.clone())]).into_response());
            is_one_page(&app, &issuer, "a redirect").await;
        }
    }

    sleep(Duration::from_millis(100)).await;
    assert_eq!(hits.load(SeqCst), 0);
}

/// One whose first answer is all that it does.
#[cfg(feature = "slow-tests")]
async fn server(answer: &'static [u8], drips: bool) -> String {
    let (listener, port) = bind().await;
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            kept.push(tokio::spawn(async move {
                use tokio::io::AsyncWriteExt;
                socket.readable().await.ok();
                socket.write_all(answer).await.ok();
                while drips && socket.write_all(b" ").await.is_ok() {
                    sleep(Duration::from_secs(1)).await;
                }
                sleep(Duration::from_secs(60)).await;
            }));
        }
    });
    format!("http://127.0.0.1:{port}")
}

async fn at(issuer: &str) -> App {
    App::with(&[("OAUTH_SSO_ISSUER", issuer), ("OAUTH_SSO_CLIENT_ID", CLIENT), ("OAUTH_SSO_CLIENT_SECRET", SECRET)]).await
}

async fn is_away_within_ten_seconds(issuer: &str) {
    let app = at(issuer).await;
    let mut browser = app.browser();
    let started = Instant::now();

    browser.post("/oauth/sso/login", &[]).await.redirects_to("/login");

    // No limit of speed: one on how long somebody is kept waiting.
    assert!(started.elapsed() < Duration::from_secs(12), "{issuer}: {:?}", started.elapsed());
    browser.get("/login").await.shows("does not answer at the moment");
    browser.sign_in("nobody", "wrong password").await.is(422);
}

#[cfg(feature = "slow-tests")]
#[tokio::test]
async fn one_that_hangs_at_any_moment_is_away_within_ten_seconds() {
    let silent = server(b"", false).await;
    let half = server(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{", false).await;
    let dripping = server(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{", true).await;

    tokio::join!(is_away_within_ten_seconds(&silent), is_away_within_ten_seconds(&half), is_away_within_ten_seconds(&dripping));
}

#[tokio::test]
async fn one_that_refuses_is_away_and_others_go_on() {
    let (listener, port) = bind().await;
    drop(listener);

    is_away_within_ten_seconds(&format!("http://127.0.0.1:{port}")).await;
}

/// Two hundred wait for it, and it sees sixteen at most.
#[cfg(feature = "slow-tests")]
#[tokio::test]
async fn of_two_hundred_at_once_sixteen_reach_a_provider_that_hangs() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("LIMIT_SCALE", "100")]).await;
    let mut browsers = Vec::new();
    for _ in 0..200 {
        let mut browser = app.browser();
        let out = browser.set_out("sso", "login", "").await;
        browsers.push((browser, issuer.allow(&out)));
    }
    issuer.hangs();

    let waiting: Vec<_> = browsers
        .into_iter()
        .map(|(mut browser, back)| tokio::spawn(async move { browser.get(&back).await.header("location").to_owned() }))
        .collect();

    for returned in waiting {
        assert_eq!(returned.await.unwrap(), "/login");
    }
    assert_eq!(issuer.most_at_once(), 16);
}
