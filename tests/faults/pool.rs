//! More queries than connections, each of them slow.
use crate::support::{App, create_migrated};
use app::web::{AppState, Error, access::public};
use axum::extract::State;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::time::{Duration, Instant};

async fn slow(State(app): State<AppState>) -> Result<(), Error> {
    let sleep = if app.db.backend() == DbBackend::MySql { "SELECT SLEEP(1.5)" } else { "SELECT pg_sleep(1.5)" };
    app.db.query_one_raw(Statement::from_string(app.db.backend(), sleep)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_cannot_be_served_are_told_soon_and_it_is_over_at_once() {
    let url = create_migrated().await;
    let app = App::on(&url, &[("DATABASE_POOL", "2")], |routes| routes.page("/test/slow", public(), slow)).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let flood: Vec<_> = (0..200)
        .map(|_| {
            let mut browser = app.browser();
            tokio::spawn(async move {
                let started = Instant::now();
                (browser.get("/test/slow").await.status.as_u16(), started.elapsed())
            })
        })
        .collect();

    browser.get("/static/app.css").await.is(200);
    browser.get("/healthz").await.is(200);
    let mut refused = 0;
    for answer in flood {
        let (status, time) = answer.await.unwrap();
        assert!([200, 503].contains(&status) && time < Duration::from_secs(3), "{status} after {time:?}");
        refused += u32::from(status == 503);
    }

    assert!(refused >= 190, "{refused}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    browser.get("/account").await.is(200);
    assert_eq!(app.db().connections().open, 2, "no connection is lost");
}
