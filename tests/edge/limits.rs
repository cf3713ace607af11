use crate::support::App;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request},
};

#[tokio::test]
async fn heads_have_limits_with_pages_of_ours() {
    let app = App::new().await;
    let mut many = Request::get("/").header("host", "localhost:3000").body(Body::empty()).unwrap();
    for n in 0..101 {
        many.headers_mut().insert(HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap(), HeaderValue::from_static("1"));
    }

    app.browser().send_request(many).await.is(431).shows("Too many headers");
    app.browser().with_header("x-big", &"x".repeat(17_000)).get("/").await.is(431);
    app.browser().get(&format!("/?{}", "x".repeat(8 * 1024))).await.is(414).shows("Address too long");
    app.browser().get(&format!("/?{}", "x".repeat(8 * 1024 - 10))).await.is(200);
}

#[tokio::test]
async fn the_app_answers_under_its_own_name_only() {
    let app = App::with(&[("BASE_URL", "https://app.example.com")]).await;

    for host in ["evil.t", "app.example.com.evil.t", "app.example.com:8443", "localhost:3000", "127.0.0.1"] {
        app.browser().with_header("host", host).get("/").await.is(421).hides(host);
    }
    app.browser().with_header("host", "").get("/").await.is(400);
    app.browser().with_header("host", "APP.example.com").get("/").await.is(200);
}

#[tokio::test]
async fn two_hosts_are_none() {
    let app = App::new().await;
    let request = Request::get("/").header("host", "localhost:3000").header("host", "evil.t").body(Body::empty()).unwrap();
    let absolute = Request::get("http://evil.t/").header("host", "localhost:3000").body(Body::empty()).unwrap();

    app.browser().send_request(request).await.is(400);
    app.browser().send_request(absolute).await.is(400);
}

#[tokio::test]
async fn forwarding_headers_change_no_address_of_ours() {
    let app = App::with(&[("BASE_URL", "https://app.example.com")]).await;
    let mut browser = app
        .browser()
        .with_header("x-forwarded-host", "evil.t")
        .with_header("x-original-url", "/account")
        .with_header("x-forwarded-proto", "http");

    browser.get("/").await.is(200).hides("evil.t").shows("Create account");
    browser.get("/account").await.redirects_to("/login?next=/account");
}

#[tokio::test]
async fn another_name_of_this_machine_leads_to_the_one_with_the_cookies() {
    let app = App::new().await;

    for host in ["127.0.0.1:3000", "[::1]:3000"] {
        let answer = app.browser().with_header("host", host).get("/account?a=b").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "http://localhost:3000/account?a=b"));
    }
    app.browser().with_header("host", "127.0.0.1:3001").get("/").await.is(421);
}

#[tokio::test]
async fn paths_mean_one_thing() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for path in [
        "/account/../account",
        "/ACCOUNT",
        "//account",
        "/account%2f",
        "/account;x",
        "/account/",
        "/account%00.png",
        "/account/password.css",
    ] {
        browser.get(path).await.is(404);
    }
}
