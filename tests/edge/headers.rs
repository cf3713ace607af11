use crate::support::{App, PASSWORD, Response};
use app::web::access::public;
use axum::{body::Body, http::Method};

#[track_caller]
fn is_safe(answer: &Response, what: &str) {
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{what}");
    assert!(!answer.header("content-security-policy").contains("unsafe"), "{what}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ] {
        assert_eq!(answer.header(name), value, "{what}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(answer.header("x-request-id").len(), 16, "{what}");
    assert!(answer.header("server").is_empty() && answer.header("access-control-allow-origin").is_empty(), "{what}");
    if !answer.body.is_empty() {
        assert!(answer.header("content-type").contains("charset=utf-8") || answer.header("content-type").starts_with("image/"), "{what}");
    }
}

async fn panics() -> &'static str {
    panic!("as a handler may")
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let https = [("BASE_URL", "https://app.example.com")];
    let app = App::build(&https, |routes| routes.page("/test/panic", public(), panics)).await;
    let mut browser = app.browser().with_header("origin", "null");

    for path in [
        "/",
        "/login",
        "/account",
        "/nope",
        "/logout",
        "/healthz",
        "/robots.txt",
        "/static/app.css",
        "/static/nope.css",
        "/static/favicon.svg",
        "/test/panic",
    ] {
        is_safe(&browser.get(path).await, path);
    }
    is_safe(&browser.post("/login", &[]).await, "422");
    is_safe(&browser.post_raw("/login", "x".repeat(70_000)).await, "413");
    is_safe(&browser.get(&format!("/{}", "x".repeat(9000))).await, "414");
    is_safe(&app.browser().with_header("host", "evil.t").get("/").await, "421");
    is_safe(&app.browser().with_header("sec-fetch-site", "cross-site").post("/login", &[]).await, "403");
    is_safe(&browser.send(Method::TRACE, "/", Body::empty(), None).await, "405");
}

#[tokio::test]
async fn pages_are_never_stored() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for path in ["/", "/account", "/login", "/nope"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert!(page.headers.get_all("vary").iter().any(|value| value == "cookie"), "{path}");
    }
    let signed_in = app.browser().sign_in("ada", PASSWORD).await;
    assert_eq!(signed_in.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn hosts_are_told_to_use_https_only_where_it_is_used() {
    let app = App::new().await;

    assert_eq!(app.browser().get("/").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn pages_are_compressed_for_who_accepts_it() {
    let app = App::new().await;

    let page = app.browser().with_header("accept-encoding", "gzip, br").get("/").await;

    assert_eq!(page.is(200).header("content-encoding"), "gzip");
}
