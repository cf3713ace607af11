//! The way to the database is cut, or swallows everything.
use crate::{
    proxy::{Path, Proxy},
    support::{App, Browser, PASSWORD, create_migrated},
};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use std::time::{Duration, Instant};
use tokio::time::sleep;

struct Site {
    app: App,
    proxy: Proxy,
    _background: tokio::task::JoinSet<()>,
}

impl Site {
    async fn new() -> Self {
        let mut url = url::Url::parse(&create_migrated().await).unwrap();
        let proxy = Proxy::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())).await;
        url.set_port(Some(proxy.address.port())).unwrap();
        let app = App::on(url.as_str(), &[("DATABASE_POOL", "4")], |routes| routes).await;
        let background = app::background::start(app.db());
        Self { app, proxy, _background: background }
    }

    async fn signed_in(&self) -> Browser {
        let ada = self.app.user("ada@example.com").await;
        self.app.browser_of(&ada).await
    }
}

/// Sixteen who go on reading pages, so that every connection is in use when something happens.
fn load(browser: &Browser) -> tokio::task::JoinSet<()> {
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let mut browser = browser.clone();
        readers.spawn(async move {
            loop {
                browser.get("/account").await;
            }
        });
    }
    readers
}

async fn recovers_from(path: Path) {
    let site = Site::new().await;
    let mut browser = site.signed_in().await;
    let readers = load(&browser);
    sleep(Duration::from_millis(300)).await;

    site.proxy.set(path);
    sleep(Duration::from_secs(1)).await;
    for _ in 0..3 {
        let started = Instant::now();
        let refused = browser.get("/account").await;
        refused.is(503).shows("Not available right now").sets_no_session_cookie();
        assert!(!refused.header("retry-after").is_empty());
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        browser.post("/account", &[("username", "ada"), ("name", "Ada")]).await.is(503);
        browser.get("/readyz").await.is(503);
        browser.get("/healthz").await.is(200);
        browser.get("/static/app.css").await.is(200);
    }
    drop(readers);

    site.proxy.set(Path::Open);
    let back = Instant::now();
    while browser.get("/account").await.status != 200 {
        assert!(back.elapsed() < Duration::from_secs(5), "still away");
    }
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
    assert_eq!(site.app.count("sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_cut() {
    recovers_from(Path::Cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_swallows_everything() {
    recovers_from(Path::Blackhole).await;
}

/// As an operator does before a maintenance.
async fn end_all_connections(database: &str) {
    let admin = Database::connect(std::env::var("TEST_DATABASE_URL").unwrap()).await.unwrap();
    let backend = admin.get_database_backend();
    if backend == DbBackend::Postgres {
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        admin.execute_unprepared(&end).await.unwrap();
        return;
    }
    let list = format!("SELECT CAST(id AS CHAR) AS id FROM information_schema.processlist WHERE db = '{database}'");
    for row in admin.query_all_raw(Statement::from_string(backend, list)).await.unwrap() {
        // Who left by themselves meanwhile cannot be ended.
        admin.execute_unprepared(&format!("KILL {}", row.try_get::<String>("", "id").unwrap())).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_ends_all_connections_costs_at_most_one_answer_each() {
    let url = create_migrated().await;
    let app = App::on(&url, &[("DATABASE_POOL", "4")], |routes| routes).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    for _ in 0..8 {
        browser.get("/account").await.is(200);
    }

    end_all_connections(url.rsplit('/').next().unwrap()).await;
    let mut failed = 0;
    for _ in 0..20 {
        let answer = browser.get("/account").await;
        answer.sets_no_session_cookie();
        failed += u32::from(answer.status != 200);
    }

    assert!(failed <= 4, "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_network_ends_cost_at_most_one_answer_each() {
    let site = Site::new().await;
    let mut browser = site.signed_in().await;
    for _ in 0..8 {
        browser.get("/account").await.is(200);
    }

    site.proxy.set(Path::Cut);
    sleep(Duration::from_millis(100)).await;
    site.proxy.set(Path::Open);
    let mut failed = 0;
    for _ in 0..20 {
        failed += u32::from(browser.get("/account").await.status != 200);
    }

    assert!(failed <= 4, "{failed}");
}
