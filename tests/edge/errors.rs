use crate::support::App;
use app::web::{Error, access::public};
use axum::{body::Body, http::Method};

async fn fails() -> Result<&'static str, Error> {
    Err(anyhow::anyhow!("SELECT secret FROM inside").context("a deeper cause").into())
}

async fn panics() -> &'static str {
    panic!("SELECT secret FROM inside")
}

async fn failing() -> App {
    App::with_routes(|routes| routes.page("/test/fail", public(), fails).page("/test/panic", public(), panics)).await
}

#[tokio::test]
async fn an_error_shows_nothing_of_the_inside_to_others() {
    let app = failing().await;
    let mut browser = app.browser().at_address("203.0.113.7");

    for path in ["/test/fail", "/test/panic"] {
        let page = browser.get(path).await;
        page.is(500).shows("Something went wrong").hides("secret").hides("src/").shows(page.header("x-request-id"));
    }
}

#[tokio::test]
async fn a_debug_build_shows_the_chain_of_causes_to_its_own_machine() {
    let app = failing().await;

    app.browser().get("/test/fail").await.is(500).shows("a deeper cause").shows("SELECT secret FROM inside");
    app.browser().with_header("x-forwarded-for", "203.0.113.7").get("/test/fail").await.is(500).hides("deeper");
}

#[tokio::test]
async fn after_a_panic_the_next_request_is_served() {
    let app = failing().await;
    let mut browser = app.browser();

    browser.get("/test/panic").await.is(500);

    browser.get("/").await.is(200);
}

#[tokio::test]
async fn programs_get_json() {
    let app = failing().await;
    let mut program = app.browser().at_address("203.0.113.7").with_header("accept", "application/json");

    for (path, status) in [("/nope", 404), ("/logout", 405), ("/account", 401), ("/test/fail", 500), ("/test/panic", 500)] {
        let answer = program.get(path).await;
        let json: serde_json::Value = serde_json::from_str(&answer.is(status).body).unwrap();
        assert_eq!(
            (json["error"]["status"].as_u64(), json["error"]["id"].as_str()),
            (Some(u64::from(status)), Some(answer.header("x-request-id")))
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_page_that_does_not_exist_does_not_repeat_its_address() {
    let app = App::new().await;

    app.browser().get("/%3Cscript%3Ealert(1)%3C/script%3E").await.is(404).hides("<script>");
    app.browser().get("/nope?q=%22onload=alert(1)").await.is(404).hides("\"onload");
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_answered_with_those_that_are() {
    let app = App::new().await;

    for (method, path, allowed) in
        [(Method::GET, "/logout", "POST"), (Method::TRACE, "/", "GET,HEAD"), (Method::OPTIONS, "/login", "GET,HEAD,POST")]
    {
        let answer = app.browser().send(method, path, Body::empty(), None).await;
        assert_eq!((answer.is(405).header("allow"), answer.header("content-type")), (allowed, "text/html; charset=utf-8"));
    }
    app.browser().send(Method::DELETE, "/account", Body::empty(), None).await.is(405);
}

#[tokio::test]
async fn error_pages_know_who_is_signed_in() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    app.browser_of(&ada).await.get("/nope").await.is(404).shows("Sign out");
    app.browser().get("/nope").await.is(404).shows("Create account");
}
