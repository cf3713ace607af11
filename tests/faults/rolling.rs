//! Two instances behind haproxy over one database, with the configuration of deploy/, stopped and started in turns.
use crate::{
    proxy::{Path, Proxy},
    support::{Balancer, KEY, PASSWORD, Program, Server, ask, create_migrated, form_of, free_port, is_soak, session_of, try_ask},
};
use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

/// haproxy asks each instance once a second.
const CHECKED: Duration = Duration::from_secs(2);

struct Site {
    address: String,
    instances: Vec<(Program, Option<Server>)>,
    _balancer: Balancer,
}

impl Site {
    fn on(database: &str) -> Self {
        let ports = [free_port(), free_port()];
        let balancer = Balancer::haproxy(&ports);
        let address = format!("localhost:{}", balancer.port);
        let instances = ports.map(|port| {
            let program = Program::without_settings()
                .with("BIND", format!("127.0.0.1:{port}"))
                .with("BASE_URL", format!("http://{address}"))
                .with("DATABASE_URL", database)
                .with("SECRET_KEY", KEY)
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .with("LOG", "warn");
            let server = program.serve();
            (program, Some(server))
        });
        let site = Self { address, instances: instances.into(), _balancer: balancer };
        site.wait_until_ready();
        site
    }

    fn ask(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        ask(&self.address, method, path, cookie, body)
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        while !self.ask("GET", "/healthz", "", "").starts_with("HTTP/1.1 200") {
            assert!(started.elapsed() < Duration::from_secs(10), "the proxy finds no instance");
            sleep(Duration::from_millis(100));
        }
        sleep(CHECKED);
    }

    fn restart(&mut self, which: usize) {
        let (program, server) = &mut self.instances[which];
        let running = server.take().unwrap();
        running.signal("TERM");
        assert_eq!(running.wait(), 0);
        *server = Some(program.serve());
        sleep(CHECKED);
    }
}

#[tokio::test]
async fn a_visit_goes_through_both_instances() {
    let database = create_migrated().await;
    let site = Site::on(&database);
    let password = PASSWORD.replace(' ', "+");

    let registered = site.ask("POST", "/register", "", &form_of("ada"));
    let mut session = session_of(&registered);
    for round in 0..6 {
        assert!(site.ask("GET", "/account", &session, "").starts_with("HTTP/1.1 200"), "{round}");
        let saved = site.ask("POST", "/account", &session, &format!("username=ada&name=Ada+{round}"));
        assert!(saved.starts_with("HTTP/1.1 303") && saved.contains("location: /account"), "{saved}");
        let proven = site.ask("POST", "/verify", &session, &format!("password={password}&next="));
        session = session_of(&proven);
    }
    assert!(site.ask("POST", "/logout", &session, "").contains("location: /login"));

    assert!(site.ask("GET", "/account", &session, "").contains("location: /login"));
}

/// Also where a restart fails, which would else be waited for by everybody.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[tokio::test]
async fn instances_are_replaced_without_a_failed_request() {
    let restarts = if is_soak() { 20 } else { 2 };
    let database = create_migrated().await;
    let mut site = Site::on(&database);
    let (asked, failed, over) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    let address = site.address.clone();
    let session = session_of(&site.ask("POST", "/register", "", &form_of("ada")));
    let count = |answer: Option<String>, good: &str| {
        failed.fetch_add(u32::from(!answer.is_some_and(|answer| answer.starts_with(good))), Relaxed);
        asked.fetch_add(1, Relaxed);
    };

    scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    count(try_ask(&address, "GET", "/login", "", ""), "HTTP/1.1 200");
                    count(try_ask(&address, "GET", "/account", &session, ""), "HTTP/1.1 200");
                    count(try_ask(&address, "POST", "/account", &session, "username=ada&name=Ada"), "HTTP/1.1 303");
                }
            });
        }
        let _guard = SetWhenDropped(&over);
        for round in 0..restarts {
            site.restart(round % 2);
        }
    });

    let (asked, failed) = (asked.into_inner(), failed.into_inner());
    assert_eq!(failed, 0, "of {asked}");
    assert!(asked as usize >= 1000 * restarts, "{asked} requests are too few to tell");
}

/// No instance is ready then, and the proxy passes on what they say.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_visitors_read_the_apps_own_words() {
    let (database, way) = Proxy::to_database().await;
    let site = Site::on(&database);
    let session = session_of(&site.ask("POST", "/register", "", &form_of("ada")));

    way.set(Path::Cut);
    sleep(CHECKED * 2);
    let page = site.ask("GET", "/account", &session, "");
    assert!(page.starts_with("HTTP/1.1 503") && page.contains("retry-after: ") && page.contains("Not available right now"), "{page}");
    for path in ["/healthz", "/login", "/static/app.css"] {
        assert!(site.ask("GET", path, "", "").starts_with("HTTP/1.1 200"), "{path}");
    }

    way.set(Path::Open);
    sleep(CHECKED * 2);
    assert!(site.ask("GET", "/account", &session, "").starts_with("HTTP/1.1 200"));
}
