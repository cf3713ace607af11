//! What is over is deleted, and nobody waits for it.
use crate::support::{App, Issuer, PLAIN, is_soak};
use app::accounts::{self, Over};
use std::time::{Duration, Instant};

/// Sessions that ended long ago, a thousand in a statement.
async fn leave_sessions(app: &App, thousands: u32) {
    for thousand in 0..thousands {
        let rows: Vec<_> =
            (0..1000).map(|n| format!("('old-{thousand}-{n}', 'old-{thousand}-{n}', '{{}}', {}, 1, 1, 2, 2, '', '')", no(app))).collect();
        let columns = "id, public_id, data, remember, created_at, last_seen_at, idle_at, ends_at, ip, user_agent";
        app.execute(&format!("INSERT INTO sessions ({columns}) VALUES {}", rows.join(", "))).await;
    }
}

fn no(app: &App) -> &'static str {
    if app.state.config.database_url.is_sqlite() { "0" } else { "FALSE" }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_go_on_writing_while_very_many_sessions_are_deleted() {
    let thousands = if is_soak() { 1000 } else { 20 };
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    leave_sessions(&app, thousands).await;

    let db = app.db().clone();
    let cleaning = tokio::spawn(async move { accounts::clean_up(&db).await.unwrap() });
    let (mut slowest, mut saves) = (Duration::ZERO, 0);
    while !cleaning.is_finished() {
        let started = Instant::now();
        browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.redirects_to("/account");
        slowest = slowest.max(started.elapsed());
        saves += 1;
    }

    assert_eq!(cleaning.await.unwrap(), Over { sessions: u64::from(thousands) * 1000, ..Over::default() });
    assert!(saves > 0 && slowest < Duration::from_secs(1), "of {saves} one waited {slowest:?}");
    assert_eq!(app.count("sessions").await, 1);
    browser.get("/account").await.is(200);
}

#[tokio::test]
async fn ways_to_a_provider_that_led_nowhere_are_forgotten() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    app.browser().set_out("sso", "login", "").await;
    assert_eq!(accounts::clean_up(app.db()).await.unwrap(), Over::default());

    app.time_passes(Duration::from_secs(10 * 60 + 1)).await;

    assert_eq!(accounts::count_over(app.db()).await.unwrap().attempts, 1);
    assert_eq!(accounts::clean_up(app.db()).await.unwrap().attempts, 1);
}

#[tokio::test]
async fn two_instances_that_clean_at_once_do_no_harm() {
    let app = App::new().await;
    let twin = app.twin().await;
    leave_sessions(&app, 3).await;

    let (one, other) = tokio::join!(accounts::clean_up(app.db()), accounts::clean_up(twin.db()));

    assert_eq!(one.unwrap().sessions + other.unwrap().sessions, 3000);
    assert_eq!(app.count("sessions").await, 0);
}
