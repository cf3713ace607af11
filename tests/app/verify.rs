use crate::support::{App, PASSWORD};

#[tokio::test]
async fn the_right_password_proves_it_and_leads_on() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let before = browser.clone();

    browser.get("/verify?next=/account").await.is(200).shows("value=\"/account\"");
    browser.post("/verify", &[("password", PASSWORD), ("next", "/account")]).await.redirects_to("/account");

    assert!(browser.is_signed_in().await);
    assert_ne!(browser.session_cookie(), before.session_cookie());
    assert!(!before.clone().is_signed_in().await, "the old id is dead");
}

#[tokio::test]
async fn a_wrong_password_proves_nothing() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(std::time::Duration::from_secs(3600)).await;
    let before = app.column("sessions", "proven_at").await;

    browser.post("/verify", &[("password", "not the password"), ("next", "/account")]).await.refuses("password").sets_no_session_cookie();

    assert_eq!(app.column("sessions", "proven_at").await, before);
}

#[tokio::test]
async fn it_leads_nowhere_else() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    app.browser_of(&ada).await.post("/verify", &[("password", PASSWORD), ("next", "//evil.example")]).await.redirects_to("/");
}

#[tokio::test]
async fn who_has_no_password_is_told_another_way() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.execute("UPDATE users SET password_hash = NULL").await;

    browser.get("/verify").await.is(200).shows("has no password").hides("type=\"password\"");
    browser.post("/verify", &[("password", ""), ("next", "")]).await.is(422);
}
