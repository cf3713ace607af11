//! The way to the database is cut, or swallows everything.
use crate::{
    proxy::{Path, Proxy},
    support::{App, Browser, PASSWORD, Program, Response, ask, create_migrated, form_of, free_port, session_of},
};
use app::{
    background::{self, Background},
    jobs,
};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use std::{
    io::Write,
    time::{Duration, Instant},
};
use tokio::time::sleep;

struct Site {
    app: App,
    proxy: Proxy,
    _background: Background,
}

impl Site {
    async fn new() -> Self {
        let (url, proxy) = Proxy::to_database().await;
        let app = App::on(&url, &[("DATABASE_POOL", "4")], |routes| routes).await;
        let background = background::start(app.tools.clone(), true);
        Self { app, proxy, _background: background }
    }

    async fn signed_in(&self) -> Browser {
        let ada = self.app.user("ada@example.com").await;
        self.app.browser_of(&ada).await
    }
}

const SAVE: [(&str, &str); 2] = [("username", "ada"), ("name", "Ada")];

/// Sixteen who go on reading and writing, so that every connection is in use when something happens, some of them in the middle
/// of a transaction.
fn load(browser: &Browser) -> tokio::task::JoinSet<()> {
    let mut people = tokio::task::JoinSet::new();
    for n in 0..16 {
        let mut browser = browser.clone();
        people.spawn(async move {
            loop {
                if n % 2 == 0 {
                    browser.get("/account").await
                } else {
                    browser.post("/account", &SAVE).await
                };
            }
        });
    }
    people
}

async fn ended_session(app: &App) {
    let columns = "id, public_id, data, remember, created_at, last_seen_at, idle_at, ends_at, ip, user_agent";
    app.execute(&format!("INSERT INTO sessions ({columns}) VALUES ('old', 'old', '{{}}', FALSE, 1, 1, 2, 2, '', '')")).await;
    // The worker is there by now, or will be.
    jobs::schedule(app.db(), "clean-up").await.unwrap();
    app.execute("UPDATE jobs SET due_at = 1 WHERE kind = 'clean-up'").await;
}

async fn is_cleaned_up(app: &App) {
    let started = Instant::now();
    while app.count("sessions WHERE id = 'old'").await > 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "it is still there");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn recovers_from(path: Path) {
    let site = Site::new().await;
    let mut browser = site.signed_in().await;
    ended_session(&site.app).await;
    is_cleaned_up(&site.app).await;
    let people = load(&browser);
    sleep(Duration::from_millis(300)).await;

    site.proxy.set(path);
    sleep(Duration::from_secs(1)).await;
    for _ in 0..3 {
        let started = Instant::now();
        let refused = browser.get("/account").await;
        refused.is(503).shows("Not available right now").sets_no_session_cookie();
        assert!(!refused.header("retry-after").is_empty());
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        browser.post("/account", &SAVE).await.is(503);
        browser.get("/readyz").await.is(503);
        browser.get("/healthz").await.is(200);
        browser.get("/static/app.css").await.is(200);
    }
    drop(people);

    site.proxy.set(Path::Open);
    let back = Instant::now();
    while browser.get("/account").await.status != 200 {
        assert!(back.elapsed() < Duration::from_secs(5), "still away");
    }
    browser.post("/account", &SAVE).await.redirects_to("/account");
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    ended_session(&site.app).await;
    is_cleaned_up(&site.app).await;
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

/// Or else served.
fn is_told_to_wait(answer: &Response) -> bool {
    let refused = answer.status == 503 && !answer.header("retry-after").is_empty();
    assert!(refused || answer.status == 200, "{}: {}", answer.status, answer.body);
    refused
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
        failed += u32::from(is_told_to_wait(&answer));
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
        failed += u32::from(is_told_to_wait(&browser.get("/account").await));
    }

    assert!(failed <= 4, "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_does_not_wait_for_a_slow_page_is_counted() {
    let (url, proxy) = Proxy::to_database().await;
    let port = free_port();
    let program = Program::without_settings().with("DATABASE_URL", url).with("PORT", "0").with("METRICS_BIND", format!("127.0.0.1:{port}"));
    let server = program.serve();
    let cookie = session_of(&server.ask("POST", "/register", "", &form_of("ada")));

    proxy.set(Path::Blackhole);
    let request = format!("GET /account HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", server.host());
    let mut visitor = server.connect();
    visitor.write_all(request.as_bytes()).unwrap();
    // Who leaves before the first byte was looked at was never there.
    sleep(Duration::from_secs(1)).await;
    drop(visitor);

    let numbers = || ask(&format!("localhost:{port}"), "GET", "/metrics", "", "");
    let (left, mut counted) = (Instant::now(), numbers());
    while !counted.contains("route=\"/account\"") && left.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(50)).await;
        counted = numbers();
    }
    assert!(counted.contains("http_requests_total{method=\"GET\",route=\"/account\",status=\"499\"} 1"), "{counted}");
}
