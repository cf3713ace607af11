use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD};
use std::time::Duration;

const QUARTER: Duration = Duration::from_secs(15 * 60);

pub async fn fail(browser: &mut Browser, identifier: &str, times: u32) {
    for _ in 0..times {
        browser.sign_in(identifier, "not the password").await.is(422);
    }
}

#[tokio::test]
async fn ten_wrong_passwords_close_the_door_for_a_quarter_of_an_hour() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    fail(&mut browser, "ada", 10).await;
    let refused = browser.sign_in("ada", PASSWORD).await;

    refused.is(429).shows("too many tries").shows("href=\"/login\">Go back to the form").sets_no_session_cookie();
    assert!((1..=900).contains(&refused.header("retry-after").parse().unwrap()));
    app.time_passes(QUARTER).await;
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn every_spelling_of_somebody_counts_as_the_same() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();
    let spellings = [
        "ada",
        "ADA",
        " ada ",
        "ａｄａ",
        "ada@example.com",
        "Ada@EXAMPLE.com",
        "ada@example.com\u{200b}",
        "ａｄａ@example.com",
        "ada＠example.com",
        "a\u{ad}da",
    ];

    for spelling in spellings {
        browser.sign_in(spelling, "not the password").await.is(422);
    }

    browser.sign_in("ada", PASSWORD).await.is(429);
}

#[tokio::test]
async fn nobody_is_throttled_just_like_somebody() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let (mut somebody, mut nobody) = (app.browser().at_address("203.0.113.1"), app.browser().at_address("203.0.113.2"));

    fail(&mut somebody, "ada@example.com", 10).await;
    fail(&mut nobody, "eve@example.com", 10).await;

    let (known, unknown) = (somebody.sign_in("ada@example.com", "x").await, nobody.sign_in("Eve@example.com", "x").await);
    known.is(429);
    unknown.is(429);
}

#[tokio::test]
async fn a_success_gives_back_its_own_try_and_no_other() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    app.user("eve@example.com").await;
    let mut browser = app.browser();
    fail(&mut browser, "ada", 9).await;

    for _ in 0..3 {
        browser.sign_in("eve", PASSWORD).await.redirects_to("/");
        browser.sign_in("ada", PASSWORD).await.redirects_to("/");
    }
    fail(&mut browser, "ada", 1).await;

    browser.sign_in("ada", PASSWORD).await.is(429);
}

#[tokio::test]
async fn a_hundred_failures_in_a_row_close_the_account_until_its_password_is_set_anew() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    for network in 0..10 {
        fail(&mut app.browser().at_address(&format!("203.0.113.{network}")), "ada", 10).await;
    }
    let mut browser = app.browser();

    browser.sign_in("ada", PASSWORD).await.is(429).shows("Ask an administrator").hides("minutes");
    app.time_passes(Duration::from_secs(30 * 24 * 3600)).await;
    browser.sign_in("ada", PASSWORD).await.is(429);

    app.reset_password(&ada).await;
    browser.sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_success_ends_a_row_of_failures() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    for network in 0..9 {
        fail(&mut app.browser().at_address(&format!("203.0.113.{network}")), "ada", 10).await;
    }
    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");

    fail(&mut app.browser().at_address("198.51.100.1"), "ada", 10).await;

    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn nobody_leaves_a_row_for_ever() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    fail(&mut app.browser(), "eve", 2).await;
    fail(&mut app.browser(), "ada", 2).await;

    app.time_passes(Duration::from_secs(91 * 24 * 3600)).await;
    app::accounts::clean_up(app.db()).await.unwrap();
    assert_eq!(app.count("throttles").await, 1, "the streak of somebody who exists");
    app.delete(&ada).await;

    assert_eq!(app.count("throttles").await, 0);
}

#[tokio::test]
async fn somebody_under_attack_can_still_use_their_session() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    fail(&mut app.browser(), "ada", 10).await;

    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn proving_it_is_limited_to_ten_wrong_answers() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for _ in 0..5 {
        browser.post("/verify", &[("password", "wrong"), ("next", "")]).await.is(422);
        browser.post("/account/password", &[("current_password", "wrong"), ("password", OTHER_PASSWORD)]).await.is(422);
    }

    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.is(429);
    browser.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(429);
}

#[tokio::test]
async fn ten_may_register_from_one_address_in_an_hour() {
    let app = App::new().await;
    let mut browser = app.browser();
    for person in 0..10 {
        browser.register(&format!("person{person}@example.com"), &format!("person{person}"), PASSWORD).await.redirects_to("/account");
    }

    browser.register("eleventh@example.com", "eleventh", PASSWORD).await.is(429);
    app.browser().at_address("203.0.113.9").register("eleventh@example.com", "eleventh", PASSWORD).await.redirects_to("/account");
}

#[tokio::test]
async fn parallel_guesses_count_as_many_also_on_two_instances() {
    let app = App::new().await;
    let twin = app.twin().await;
    app.user("ada@example.com").await;
    let guesses = (0..60).map(|n| {
        let mut browser = if n % 2 == 0 { app.browser() } else { twin.browser() };
        tokio::spawn(async move { browser.sign_in("ada", "not the password").await.status.as_u16() })
    });

    let mut answers = Vec::new();
    for guess in guesses.collect::<Vec<_>>() {
        answers.push(guess.await.unwrap());
    }

    assert_eq!(answers.iter().filter(|status| **status == 422).count(), 10, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 50, "{answers:?}");
    assert_eq!(app.count("audit WHERE outcome <> 'success'").await, 10, "each is one look at the hash");
}

#[tokio::test]
async fn a_scale_multiplies_every_limit() {
    let app = App::with(&[("LIMIT_SCALE", "2")]).await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    fail(&mut browser, "ada", 20).await;

    browser.sign_in("ada", PASSWORD).await.is(429);
}
