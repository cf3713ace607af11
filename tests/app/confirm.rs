//! Showing that the address of an account is its owner's, once the account is there.
use crate::support::{App, PASSWORD};
use app::{accounts::Permission::ReadUsers, web::access::signed_in};
use std::time::Duration;

#[tokio::test]
async fn who_registers_confirms_by_the_mailed_link() {
    let app = App::new().await;
    let mut browser = app.browser();
    browser.register("ada@example.com", "ada", PASSWORD).await.redirects_to("/account");
    browser.get("/account").await.shows("not confirmed yet");
    let link = app.mail_to("ada@example.com").await.link();

    browser.get(&link).await.is(200).shows("ada@example.com");
    browser.post(&link, &[]).await.redirects_to("/account");

    browser.get("/account").await.shows("is confirmed").hides("not confirmed yet");
    browser.post(&link, &[]).await.is(410);
    assert_eq!(app.count("audit WHERE action = 'confirm-email'").await, 1);
}

#[tokio::test]
async fn opening_the_link_confirms_nothing() {
    let app = App::new().await;
    let mut browser = app.browser();
    browser.register("ada@example.com", "ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();

    for _ in 0..3 {
        browser.get(&link).await.is(200);
    }

    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn the_link_acts_for_nobody_but_whose_account_it_is() {
    let app = App::new().await;
    let eve = app.user("eve@example.com").await;
    app.browser().register("ada@example.com", "ada", PASSWORD).await.is(303);
    let link = app.mail_to("ada@example.com").await.link();

    app.browser().get(&link).await.redirects_to(&format!("/login?next={link}"));
    app.browser().post(&link, &[]).await.redirects_to("/login");
    let mut other = app.browser_of(&eve).await;
    other.get(&link).await.is(403).shows("another account");
    other.post(&link, &[]).await.is(403);

    assert_eq!(app.count("users WHERE email = 'ada@example.com' AND email_confirmed_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_new_link_ends_the_old_one() {
    let app = App::new().await;
    let mut browser = app.browser();
    browser.register("ada@example.com", "ada", PASSWORD).await.is(303);
    let old = app.mail_to("ada@example.com").await.link();
    app.time_passes(Duration::from_secs(61)).await;

    browser.post("/confirm", &[]).await.redirects_to("/check-inbox");
    let new = app.mail_to("ada@example.com").await.link();

    browser.get(&old).await.is(410);
    browser.post(&new, &[]).await.redirects_to("/account");
    browser.get("/confirm").await.redirects_to("/account");
}

#[tokio::test]
async fn what_others_have_to_trust_somebody_for_waits_for_it() {
    let here = async || "here";
    let app = App::with_routes(|routes| routes.page("/test/trusted", signed_in().confirmed(), here).post(here)).await;
    let staff = app.staff("clerk@example.com", &[ReadUsers]).await;
    let mut browser = app.browser_of(&staff).await;
    browser.get("/admin/users").await.is(200);

    app.execute("UPDATE users SET email_confirmed_at = NULL").await;

    browser.get("/account").await.is(200).hides("href=\"/admin\"");
    for path in ["/test/trusted", "/admin/users", "/admin"] {
        browser.get(path).await.redirects_to("/confirm");
    }
    browser.post("/test/trusted", &[]).await.redirects_to("/confirm");
}

#[tokio::test]
async fn where_it_is_demanded_before_nothing_else_works() {
    let app = App::with(&[("CONFIRM_EMAIL", "before")]).await;
    let ada = app.user("ada@example.com").await;
    app.execute("UPDATE users SET email_confirmed_at = NULL").await;
    let mut browser = app.browser_of(&ada).await;

    for path in ["/account", "/account/password", "/account/activity"] {
        browser.get(path).await.redirects_to("/confirm");
    }

    browser.get("/confirm").await.is(200).shows("Before you go on");
    browser.get("/account/email").await.is(200);
    browser.get("/verify").await.is(200);
    browser.post("/confirm", &[]).await.redirects_to("/check-inbox");
    let link = app.mail_to("ada@example.com").await.link();
    browser.post(&link, &[]).await.redirects_to("/account");
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn one_mail_a_minute_goes_to_one_address() {
    let app = App::new().await;
    let mut browser = app.browser();
    browser.register("ada@example.com", "ada", PASSWORD).await.is(303);

    for _ in 0..3 {
        browser.post("/confirm", &[]).await.redirects_to("/check-inbox");
    }

    assert_eq!(app.mailed().await.len(), 1);
}
