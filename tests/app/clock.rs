//! The machine's clock was wrong, and is set right.
use crate::support::{App, PASSWORD};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_clock_that_is_set_back_a_little_signs_nobody_out() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.clock_is_set_back(HOUR / 2).await;

    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn a_session_from_a_far_future_is_none() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.clock_is_set_back(48 * HOUR).await;

    browser.get("/account").await.redirects_to("/login?next=/account");
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn a_limit_closes_the_door_no_longer_than_it_says() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();
    for _ in 0..10 {
        browser.sign_in("ada", "not the password").await.is(422);
    }
    browser.sign_in("ada", PASSWORD).await.is(429);

    app.clock_is_set_back(48 * HOUR).await;

    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_proof_from_the_future_proves_nothing() {
    let app = App::with_routes(|routes| routes.page("/test/fresh", app::web::access::signed_in().fresh(), async || "fresh")).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    browser.get("/test/fresh").await.is(200);

    app.clock_is_set_back(HOUR / 2).await;

    browser.get("/test/fresh").await.redirects_to("/verify?next=/test/fresh");
}
