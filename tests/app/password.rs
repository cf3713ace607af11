use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let twin = app.twin().await;
    let (mut here, elsewhere) = (app.browser_of(&ada).await, app.browser_of(&ada).await);

    let before = here.session_cookie().unwrap().to_owned();
    here.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.redirects_to("/account/password");

    elsewhere.moved_to(&twin).get("/account").await.redirects_to("/login?next=/account");
    assert!(here.is_signed_in().await);
    assert_ne!(here.session_cookie().unwrap(), before);
}

#[tokio::test]
async fn only_the_new_password_signs_in_afterwards() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    let mut browser = app.browser_of(&ada).await;
    browser
        .post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)])
        .await
        .redirects_to("/account/password");

    app.browser().sign_in("ada", PASSWORD).await.is(422);
    app.browser().sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn the_present_password_is_needed_and_must_be_right() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/account/password", &[("password", OTHER_PASSWORD)]).await.refuses("current_password");
    browser.post("/account/password", &[("current_password", ""), ("password", OTHER_PASSWORD)]).await.refuses("current_password");
    let page = browser.post("/account/password", &[("current_password", "not this one"), ("password", OTHER_PASSWORD)]).await;

    page.refuses("current_password").hides("not this one").hides(OTHER_PASSWORD);
    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_guessable_or_short_password_is_refused() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    let same_in_wide_digits = PASSWORD.replace('9', "９");
    for password in [PASSWORD, &same_in_wide_digits, "password1234", "elevenchars", "ada@example.com", ""] {
        browser.post("/account/password", &[("current_password", PASSWORD), ("password", password)]).await.refuses("password");
    }
}

#[tokio::test]
async fn who_has_no_password_sets_one_while_fresh() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.execute("UPDATE users SET password_hash = NULL").await;

    browser.get("/account/password").await.is(200).shows("Set password").hides("Current password");
    browser.post("/account/password", &[("password", OTHER_PASSWORD)]).await.redirects_to("/account/password");

    app.browser().sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn who_has_no_password_must_be_fresh_to_set_one() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.execute("UPDATE users SET password_hash = NULL").await;

    app.time_passes(std::time::Duration::from_secs(21 * 60)).await;

    browser.get("/account/password").await.redirects_to("/verify?next=/account/password");
    browser.post("/account/password", &[("password", OTHER_PASSWORD)]).await.redirects_to("/verify?next=/account/password");
}

#[tokio::test]
async fn a_change_that_is_refused_counts_as_a_try() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let change = async |browser: &mut Browser, password| {
        browser.post("/account/password", &[("current_password", PASSWORD), ("password", password)]).await
    };

    for _ in 0..10 {
        change(&mut browser, "password1234").await.refuses("password");
    }

    change(&mut browser, OTHER_PASSWORD).await.is(429);
}
