//! A sign-in with a browser that was never used before is told to its owner.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, Person};

async fn ada(app: &App) -> (Person, Browser) {
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    (ada, browser)
}

#[tokio::test]
async fn who_signs_in_for_the_first_time_is_told_nothing_and_then_of_every_new_browser() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    browser.post("/logout", &[]).await.is(303);
    browser.sign_in("ada", PASSWORD).await.is(303);
    assert!(app.mailed().await.is_empty());

    app.browser().sign_in("ada", PASSWORD).await.is(303);

    app.mail_to("ada@example.com").await.says("Test browser").says("127.0.0.1");
    assert_eq!(app.count("devices").await, 2);
}

#[tokio::test]
async fn it_was_not_me_ends_that_session_and_mails_a_way_back() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    let mut thief = app.browser();
    thief.sign_in("ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();

    app.browser().get(&link).await.is(200).shows("ada");
    assert!(thief.is_signed_in().await, "opening it changes nothing");
    app.browser().post(&link, &[]).await.redirects_to("/check-inbox");

    assert!(!thief.is_signed_in().await && browser.is_signed_in().await);
    let reset = app.mail_to("ada@example.com").await.link();
    app.browser().post(&reset, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");
    app.browser().post(&link, &[]).await.is(410);
}

#[tokio::test]
async fn it_outlives_what_the_thief_does_and_says_what_helps_where_the_address_was_changed() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    ada(&app).await;
    let mut thief = app.browser();
    thief.sign_in("ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();
    thief.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(303);
    thief.post("/account/email", &[("email", "thief@example.org")]).await.is(303);
    let change = app.mail_to("thief@example.org").await.link();
    thief.post(&change, &[]).await.is(303);
    app.mailed().await;

    let mut browser = app.browser();
    browser.post(&link, &[]).await.redirects_to("/check-inbox");

    browser.get("/check-inbox").await.shows("use the link of our other mail");
    assert!(!thief.is_signed_in().await && app.mailed().await.is_empty());
}

#[tokio::test]
async fn the_table_knows_no_cookie() {
    let app = App::new().await;
    let (_, browser) = ada(&app).await;
    let (name, value) = browser.cookies.iter().find(|(name, _)| name.ends_with("-device")).unwrap();

    assert!(value.len() == 22 && !app.column("devices", "id").await[0].contains(value.as_str()), "{name}");
}

#[tokio::test]
async fn the_browser_of_a_thief_is_new_again_once_they_are_found_out() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    ada(&app).await;
    let mut thief = app.browser();
    thief.sign_in("ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();
    app.browser().post(&link, &[]).await.is(303);
    app.mailed().await;

    thief.sign_in("ada", PASSWORD).await.is(303);

    assert_eq!(app.mail_to("ada@example.com").await.subject, "You signed in with a new device");
}

#[tokio::test]
async fn a_thief_who_signs_in_twice_is_out_all_the_same() {
    let app = App::new().await;
    ada(&app).await;
    let mut thief = app.browser();
    thief.sign_in("ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();
    thief.sign_in("ada", PASSWORD).await.is(303);

    app.browser().post(&link, &[]).await.redirects_to("/check-inbox");

    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn a_browser_that_calls_itself_a_link_is_not_told_as_one() {
    let app = App::new().await;
    ada(&app).await;

    app.browser().with_header("user-agent", "Locked, go to https://evil.example/ now").sign_in("ada", PASSWORD).await.is(303);

    let mail = app.mail_to("ada@example.com").await;
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
}
