//! The queue: nothing is lost, nothing is done twice, and what fails is tried again.
use crate::support::{App, Browser, PASSWORD, is_soak};
use app::{
    accounts::Permission::{ManageJobs, ManageUsers},
    jobs,
    mail::Transport,
    worker::work_off,
};
use std::{sync::Arc, time::Duration};

const KINDS: [&str; 5] = ["mail", "forgotten-password", "wanted-registration", "wanted-email", "clean-up"];

async fn queue(app: &App, count: usize) {
    for n in 0..count {
        app.browser().register(&format!("ada{n}@example.com"), &format!("ada{n}"), PASSWORD).await.redirects_to("/account");
    }
}

async fn scaled() -> App {
    App::with(&[("LIMIT_SCALE", "1000")]).await
}

#[tokio::test]
async fn two_workers_do_each_job_once() {
    let app = scaled().await;
    let twin = app.twin().await;
    let count = if is_soak() { 200 } else { 20 };
    queue(&app, count).await;

    let (one, other) = tokio::join!(work_off(&app.tools), work_off(&twin.tools));

    assert_eq!(one.unwrap() + other.unwrap(), count);
    assert_eq!(app.count("jobs WHERE state = 'done' AND tries = 1").await, count as i64);
    assert_eq!(app.mailed().await.len() + twin.mailed().await.len(), count);
}

#[tokio::test]
async fn of_many_who_want_a_job_at_once_one_gets_it() {
    let app = scaled().await;
    queue(&app, 1).await;
    let takes: Vec<_> = (0..10)
        .map(|_| {
            let db = app.db().clone();
            tokio::spawn(async move { jobs::take(&db, &KINDS, 8, Duration::from_secs(60)).await.unwrap().len() })
        })
        .collect();

    let mut taken = 0;
    for take in takes {
        taken += take.await.unwrap();
    }

    assert_eq!(taken, 1);
}

#[tokio::test]
async fn who_dies_with_a_job_loses_it_when_the_lease_ends() {
    let app = scaled().await;
    queue(&app, 1).await;
    let dead = jobs::take(app.db(), &KINDS, 1, Duration::from_secs(60)).await.unwrap().remove(0);
    assert_eq!(work_off(&app.tools).await.unwrap(), 0);

    app.time_passes(Duration::from_secs(61)).await;

    assert_eq!(work_off(&app.tools).await.unwrap(), 1);
    assert!(!jobs::failed(app.db(), &dead, Some(Duration::ZERO), "late").await.unwrap(), "whoever comes late changes nothing");
    assert_eq!(app.count("jobs WHERE state = 'done' AND tries = 2 AND error = ''").await, 1);
}

#[tokio::test]
async fn a_payload_is_sealed_and_gone_once_it_is_done() {
    let app = scaled().await;
    queue(&app, 1).await;
    assert!(!app.column("jobs", "payload").await[0].contains("example"));

    let link = app.mail_to("ada0@example.com").await.link();

    assert_eq!(app.column("jobs", "payload").await, [""]);
    let token = link.rsplit('/').next().unwrap();
    for (table, column) in [("jobs", "error"), ("tokens", "id"), ("audit", "detail")] {
        assert!(app.column(table, column).await.iter().all(|value| !value.contains(token)), "{table}.{column}");
    }
}

#[tokio::test]
async fn a_payload_that_was_moved_to_another_row_is_not_read() {
    let app = scaled().await;
    queue(&app, 2).await;
    let payloads = app.column("jobs ", "payload").await;
    app.execute(&format!("UPDATE jobs SET payload = '{}'", payloads[0])).await;

    app.mailed().await;

    assert_eq!(app.count("jobs WHERE state = 'waiting' AND error LIKE '%cannot be read%'").await, 1);
    assert_eq!(app.count("jobs WHERE state = 'done'").await, 1);
}

/// A mail server that is away.
async fn without_server(app: &App) -> App {
    let url = app.url();
    App::on(&url, &[("SMTP_URL", "smtp://127.0.0.1:9"), ("LIMIT_SCALE", "1000")], |routes| routes).await
}

#[tokio::test]
async fn a_mail_server_that_is_away_loses_nothing_and_no_request_waits_for_it() {
    let app = scaled().await;
    let mut away = without_server(&app).await;
    away.tools = Arc::new(app::worker::Tools {
        grants: away.state.grants.clone(),
        db: away.db().clone(),
        config: away.state.config.clone(),
        transport: Transport::new(&away.state.config).unwrap(),
    });
    queue(&away, 3).await;

    assert_eq!(work_off(&away.tools).await.unwrap(), 3);
    assert_eq!(app.count("jobs WHERE state = 'waiting' AND tries = 1 AND error = 'the mail server cannot be reached'").await, 3);
    app.time_passes(Duration::from_secs(6)).await;

    assert_eq!(app.mailed().await.len(), 3);
}

#[tokio::test]
async fn what_is_over_is_deleted_and_what_is_due_again_stays() {
    let app = scaled().await;
    queue(&app, 1).await;
    app.mailed().await;
    jobs::schedule(app.db(), "clean-up").await.unwrap();
    jobs::schedule(app.db(), "clean-up").await.unwrap();
    app.execute("UPDATE jobs SET ended_at = 1 WHERE state = 'done'").await;

    assert_eq!(work_off(&app.tools).await.unwrap(), 1);

    assert_eq!(app.column("jobs", "kind").await, ["clean-up"]);
    assert_eq!(app.count("jobs WHERE state = 'waiting' AND tries = 0").await, 1);
}

async fn operator(app: &App) -> Browser {
    let person = app.staff("operator@example.com", &[ManageJobs]).await;
    app.browser_of(&person).await
}

async fn parked(app: &App) -> String {
    app.mailed().await;
    queue(app, 1).await;
    let waits = "kind = 'mail' AND state = 'waiting'";
    app.execute(&format!("UPDATE jobs SET state = 'parked', tries = 9, ended_at = 1, error = 'the server refuses it (550)' WHERE {waits}"))
        .await;
    app.column("jobs WHERE state = 'parked'", "id").await[0].clone()
}

#[tokio::test]
async fn a_parked_job_is_seen_tried_again_and_done() {
    let app = scaled().await;
    let mut browser = operator(&app).await;
    let id = parked(&app).await;
    assert!(app.mailed().await.is_empty());

    browser
        .get("/admin/jobs?state=parked")
        .await
        .is(200)
        .shows("refuses it (550)")
        .shows("ada0")
        .hides("ada0@example.com")
        .hides("payload");
    browser.post(&format!("/admin/jobs/{id}/retry"), &[]).await.redirects_to("/admin/jobs");

    assert_eq!(app.mailed().await.len(), 1);
    browser.post(&format!("/admin/jobs/{id}/retry"), &[]).await.is(404);
    assert_eq!(app.count("audit WHERE action = 'retry-job'").await, 1);
}

#[tokio::test]
async fn a_parked_job_is_discarded() {
    let app = scaled().await;
    let mut browser = operator(&app).await;
    let id = parked(&app).await;

    browser.post(&format!("/admin/jobs/{id}/discard"), &[]).await.redirects_to("/admin/jobs");

    assert_eq!(app.count(&format!("jobs WHERE id = {id}")).await, 0);
    browser.post(&format!("/admin/jobs/{id}/discard"), &[]).await.is(404);
}

#[tokio::test]
async fn nobody_else_looks_at_the_queue() {
    let app = scaled().await;
    let id = parked(&app).await;
    let clerk = app.staff("clerk@example.com", &[ManageUsers]).await;
    let mut browser = app.browser_of(&clerk).await;

    browser.get("/admin/jobs").await.is(403);
    browser.post(&format!("/admin/jobs/{id}/retry"), &[]).await.is(403);
    browser.post(&format!("/admin/jobs/{id}/discard"), &[]).await.is(403);
}

#[tokio::test]
async fn what_is_due_again_and_again_or_being_done_is_not_discarded() {
    let app = scaled().await;
    let mut browser = operator(&app).await;
    app.mailed().await;
    jobs::schedule(app.db(), "clean-up").await.unwrap();
    let scheduled = app.column("jobs WHERE kind = 'clean-up'", "id").await[0].clone();
    browser.post(&format!("/admin/jobs/{scheduled}/discard"), &[]).await.is(404);
    work_off(&app.tools).await.unwrap();

    queue(&app, 1).await;
    let running = jobs::take(app.db(), &KINDS, 1, Duration::from_secs(60)).await.unwrap().remove(0);
    browser.get("/admin/jobs").await.shows("running");
    for action in ["retry", "discard"] {
        browser.post(&format!("/admin/jobs/{}/{action}", running.id), &[]).await.is(404);
    }

    assert!(jobs::done(app.db(), &running).await.unwrap());
}

#[tokio::test]
async fn a_clock_that_was_set_back_lets_nothing_wait_for_days() {
    let app = scaled().await;
    queue(&app, 1).await;

    app.clock_is_set_back(Duration::from_secs(2 * 24 * 60 * 60)).await;

    assert_eq!(app.mailed().await.len(), 1);
}

#[tokio::test]
async fn who_is_begun_again_and_again_is_parked_at_last() {
    let app = scaled().await;
    queue(&app, 1).await;
    app.execute("UPDATE jobs SET tries = 1000").await;

    assert!(app.mailed().await.is_empty());

    assert_eq!(app.count("jobs WHERE state = 'parked' AND error LIKE '%died%'").await, 1);
}

#[tokio::test]
async fn a_key_that_is_not_here_yet_is_waited_for() {
    let app = scaled().await;
    queue(&app, 1).await;
    let other = App::on(&app.url(), &[("SECRET_KEY", &app::config::generate_key())], |routes| routes).await;

    assert!(other.mailed().await.is_empty());
    assert_eq!(app.count("jobs WHERE state = 'waiting' AND error LIKE '%key%'").await, 1);
    app.time_passes(Duration::from_secs(6)).await;

    assert_eq!(app.mailed().await.len(), 1);
}

#[tokio::test]
async fn a_worker_keeps_the_schedule_by_itself_and_ends_when_told() {
    let app = scaled().await;
    let background = app::background::start(app.tools.clone(), true);
    while app.count("jobs WHERE kind = 'clean-up' AND tries = 0 AND lease IS NULL AND due_at > created_at").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    background.stop().await;

    app.execute("UPDATE jobs SET due_at = 1").await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(app.count("jobs WHERE due_at = 1").await, 1);
}
