//! Somebody outside holds the database: a backup, a console, another program.
use crate::support::App;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Locks everybody out of writing to a table, or on SQLite to any.
async fn lock(app: &App, table: &str) -> DatabaseConnection {
    let outside = Database::connect(app.state.config.database_url.expose()).await.unwrap();
    let lock = match outside.get_database_backend() {
        DbBackend::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        DbBackend::MySql => format!("BEGIN; SELECT id FROM {table} FOR UPDATE"),
        _ => format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE"),
    };
    outside.execute_unprepared(&lock).await.unwrap();
    outside
}

/// Locks everybody out of the accounts for so long.
async fn hold(app: &App, time: Duration) -> JoinHandle<()> {
    let outside = lock(app, "users").await;
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        outside.execute_unprepared("ROLLBACK").await.unwrap();
    })
}

#[tokio::test]
async fn a_short_wait_is_waited_out() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let patience = if app.db().backend() == DbBackend::Sqlite { 4000 } else { 1500 };
    let held = hold(&app, Duration::from_millis(patience)).await;

    browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.redirects_to("/account");

    held.await.unwrap();
    assert_eq!(app.row(&ada).await.name, "Ada");
}

#[tokio::test]
async fn a_long_one_ends_in_a_page_that_says_so_while_reading_goes_on() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let held = hold(&app, Duration::from_secs(9)).await;

    let started = Instant::now();
    let refused = browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await;
    refused.is(503).shows("Not available right now").sets_no_session_cookie();
    assert!(started.elapsed() < Duration::from_secs(8));
    browser.get("/account").await.is(200);

    held.await.unwrap();
    browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.redirects_to("/account");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_gave_up_waiting_leave_their_connections_to_others() {
    let app = App::with(&[("DATABASE_POOL", "2")]).await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let held = hold(&app, Duration::from_secs(9)).await;

    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let mut browser = browser.clone();
            tokio::spawn(async move { browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.status.as_u16() })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(7)).await;

    browser.clone().get("/account").await.is(200);
    assert!(!held.is_finished(), "the lock is still there");
    held.await.unwrap();
    for waiting in waiting {
        assert!([303, 503].contains(&waiting.await.unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_does_not_wait_until_its_session_is_marked_as_seen() {
    let app = App::with(&[("DATABASE_POOL", "2")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(120)).await;
    let _outside = lock(&app, "sessions").await;

    let started = Instant::now();
    browser.get("/account").await.is(200);

    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
