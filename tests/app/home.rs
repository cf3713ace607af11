use crate::support::App;

#[tokio::test]
async fn the_home_page_offers_strangers_an_account() {
    let app = App::new().await;

    let page = app.browser().get("/").await;

    page.is(200).shows("Create account").shows("Sign in").hides("Sign out");
}

#[tokio::test]
async fn the_header_knows_who_is_signed_in() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    let page = app.browser_of(&ada).await.get("/").await;

    page.is(200).shows("href=\"/account\"").shows("Sign out").hides("Create account");
}

#[tokio::test]
async fn the_theme_is_kept_and_leads_back() {
    let app = App::new().await;
    let mut browser = app.browser();

    browser.post("/theme", &[("theme", "dark"), ("next", "/login?next=/account")]).await.redirects_to("/login?next=/account");

    browser.get("/").await.shows("data-theme=\"dark\"");
    browser.post("/theme", &[("theme", "auto"), ("next", "//evil.example")]).await.redirects_to("/");
    browser.get("/").await.hides("data-theme");
}

#[tokio::test]
async fn machines_are_told_that_it_lives_and_is_ready() {
    let app = App::new().await;
    let mut probe = app.browser().with_header("host", "10.0.0.7:3000");

    assert_eq!(probe.get("/healthz").await.is(200).body, "ok");
    assert_eq!(probe.get("/readyz").await.is(200).body, "ready");
}

#[tokio::test]
async fn password_managers_find_the_page_that_changes_a_password() {
    let app = App::new().await;

    app.browser().get("/.well-known/change-password").await.redirects_to("/account/password");
}
