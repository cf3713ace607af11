//! The way to the database is cut, or swallows everything.
use crate::{
    proxy::{Path, Proxy},
    support::{App, Browser, PASSWORD, create_migrated},
};
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

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_ends_cost_at_most_one_answer_each() {
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
