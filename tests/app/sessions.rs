use crate::support::{App, Browser, PASSWORD};
use app::accounts::sessions::{self, Key};
use axum::http::StatusCode;
use sea_orm::DbBackend;
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn a_page_costs_strangers_no_query_and_the_signed_in_one() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let cost = async |browser: &mut Browser, path| {
        let before = app.db().round_trips();
        browser.get(path).await.is(200);
        app.db().round_trips() - before
    };

    assert_eq!(cost(&mut app.browser(), "/").await, 0);
    assert_eq!(cost(&mut browser, "/account").await, 1);
}

#[tokio::test]
async fn a_session_ends_after_so_long_without_a_request() {
    let app = App::with(&[("SESSION_IDLE", "30m")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for _ in 0..3 {
        app.time_passes(Duration::from_secs(20 * 60)).await;
        assert!(browser.is_signed_in().await, "reading counts as use");
    }
    app.time_passes(Duration::from_secs(31 * 60)).await;

    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn no_use_prolongs_a_session_beyond_its_end() {
    let app = App::with(&[("SESSION_IDLE", "12h"), ("SESSION_ABSOLUTE", "20h")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.time_passes(Duration::from_secs(10 * 3600)).await;
    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
    app.time_passes(Duration::from_secs(9 * 3600)).await;
    assert!(browser.is_signed_in().await);
    app.time_passes(Duration::from_secs(2 * 3600)).await;

    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn remembering_survives_a_renewal() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();
    browser.post("/login", &[("identifier", "ada"), ("password", PASSWORD), ("remember", "yes")]).await.redirects_to("/");
    app.time_passes(Duration::from_secs(13 * 24 * 3600)).await;

    let renewed = browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.set_cookies();

    let age: u64 = renewed[0].split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    assert!((46 * 86400..=47 * 86400).contains(&age), "what is left of 60 days: {age}");
    app.time_passes(Duration::from_secs(13 * 24 * 3600)).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn fifty_pages_at_once_all_come_and_mark_the_session_as_seen() {
    let app = Arc::new(App::new().await);
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(90)).await;
    let before = app.column("sessions", "last_seen_at").await;

    let pages: Vec<_> =
        (0..50).map(|_| browser.clone()).map(|mut browser| tokio::spawn(async move { browser.get("/account").await.status })).collect();
    for page in pages {
        assert_eq!(page.await.unwrap(), StatusCode::OK);
    }

    // Whoever could not mark it at once does so behind their page.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_ne!(app.column("sessions", "last_seen_at").await, before);
    let trips = app.db().round_trips();
    assert_eq!(browser.clone().get("/account").await.status, StatusCode::OK);
    assert_eq!(app.db().round_trips() - trips, 1, "seen a moment ago");
}

#[tokio::test]
async fn of_many_that_saw_the_same_row_one_marks_it_seen() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let (row, _) = sessions::find(app.db(), &app.state.config, &Key::of(browser.session_cookie().unwrap())).await.unwrap().unwrap();
    app.time_passes(Duration::from_secs(90)).await;
    let mut stale = (*row).clone();
    stale.last_seen_at = row.last_seen_at.before(Duration::from_secs(90));

    let mut marked = 0;
    for _ in 0..10 {
        marked += u32::from(sessions::touch(app.db(), &stale, app.state.config.session).await.unwrap());
    }

    assert_eq!(marked, 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_no_session_and_locks_nobody_out() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    // The other databases keep text out of a number's column.
    let broken = if app.db().backend() == DbBackend::Sqlite { "last_seen_at = 'x'" } else { "user_id = NULL" };

    app.execute(&format!("UPDATE sessions SET {broken}")).await;

    browser.get("/account").await.redirects_to("/login?next=/account");
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_database_that_is_away_takes_nobodys_cookie() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.db().clone().close().await.unwrap();

    let page = browser.get("/account").await;

    page.is(503).sets_no_session_cookie().shows("Not available right now");
    assert!(!page.header("retry-after").is_empty());
    browser.post("/logout", &[]).await.is(503).sets_no_session_cookie();
    browser.get("/healthz").await.is(200);
    browser.get("/static/app.css").await.is(200);
    app.browser().get("/").await.is(200);
}

#[tokio::test]
async fn sessions_that_are_over_are_deleted_and_no_others() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(8 * 24 * 3600)).await;
    assert!(!browser.is_signed_in().await, "it ended before anybody cleaned up");
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");

    app::accounts::clean_up(app.db()).await.unwrap();

    assert_eq!(app.count("sessions").await, 1);
    assert!(browser.is_signed_in().await);
}
