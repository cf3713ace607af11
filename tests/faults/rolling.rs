//! Two instances behind haproxy over one database, with the configuration of deploy/, stopped and started in turns.
use crate::{
    program::{Program, Server, ask, free_port, session_of},
    support::{PASSWORD, create_migrated},
};
use std::{
    net::TcpStream,
    process::{Child, Command},
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    thread::{scope, sleep},
    time::{Duration, Instant},
};
use tempfile::TempDir;

struct Site {
    address: String,
    instances: Vec<(Program, Option<Server>)>,
    proxy: Child,
    _folder: TempDir,
}

impl Site {
    fn on(database: &str) -> Self {
        let (port, ports) = (free_port(), [free_port(), free_port()]);
        let address = format!("localhost:{port}");
        let instances = ports.clone().map(|port| {
            let program = Program::without_settings()
                .with("BIND", &format!("127.0.0.1:{port}"))
                .with("BASE_URL", &format!("http://{address}"))
                .with("DATABASE_URL", database)
                .with("SECRET_KEY", "6j6msFFm-LWe0a65DEt1IiGKv0CezyNv6W6uoOo7NMDIycrLzM3Ozw")
                .with("TRUSTED_PROXIES", "127.0.0.1")
                .with("LOG", "warn");
            let server = program.serve();
            (program, Some(server))
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, configuration(&port, ports)).unwrap();
        let proxy = Command::new("haproxy").arg("-db").arg("-f").arg(&file).spawn().expect("haproxy is installed");
        let site = Self { address, instances: instances.into(), proxy, _folder: folder };
        site.wait_until_ready();
        site
    }

    fn ask(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        ask(&self.address, method, path, cookie, body)
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        let listens = || TcpStream::connect(self.address.replace("localhost", "127.0.0.1")).is_ok();
        while !listens() || !self.ask("GET", "/healthz", "", "").starts_with("HTTP/1.1 200") {
            assert!(started.elapsed() < Duration::from_secs(10), "the proxy finds no instance");
            sleep(Duration::from_millis(100));
        }
        sleep(Duration::from_secs(2));
    }

    fn restart(&mut self, which: usize) {
        let (program, server) = &mut self.instances[which];
        let running = server.take().unwrap();
        running.signal("TERM");
        assert_eq!(running.wait(), 0);
        *server = Some(program.serve());
        sleep(Duration::from_secs(2));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.proxy.kill().ok();
        self.proxy.wait().ok();
    }
}

/// The one that is shipped, with these ports for the names that only containers know.
fn configuration(port: &str, instances: [String; 2]) -> String {
    let shipped = include_str!("../../deploy/haproxy.cfg");
    let (kept, _) = shipped.split_once("\nresolvers docker").unwrap();
    let servers = instances.map(|port| format!("    server app-{port} 127.0.0.1:{port} check\n")).concat();
    let lines = kept.replace("bind :8080", &format!("bind 127.0.0.1:{port}")).replace(" resolvers docker init-addr none", "");
    lines.lines().filter(|line| !line.contains("server-template")).map(|line| format!("{line}\n")).collect::<String>() + &servers
}

#[tokio::test]
async fn a_visit_goes_through_both_instances() {
    let database = create_migrated().await;
    let site = Site::on(&database);
    let password = PASSWORD.replace(' ', "+");

    let registered = site.ask("POST", "/register", "", &format!("email=ada%40example.com&username=ada&password={password}"));
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

#[tokio::test]
async fn instances_are_replaced_without_a_failed_request() {
    let restarts = if std::env::var_os("SOAK").is_some() { 20 } else { 2 };
    let database = create_migrated().await;
    let mut site = Site::on(&database);
    let (asked, failed, over) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    let address = site.address.clone();

    scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    let good = ask(&address, "GET", "/login", "", "").starts_with("HTTP/1.1 200");
                    failed.fetch_add(u32::from(!good), Relaxed);
                    asked.fetch_add(1, Relaxed);
                }
            });
        }
        for round in 0..restarts {
            site.restart(round % 2);
        }
        over.store(true, Relaxed);
    });

    let (asked, failed) = (asked.into_inner(), failed.into_inner());
    assert_eq!(failed, 0, "of {asked}");
    assert!(asked as usize >= 1000 * restarts, "{asked} requests are too few to tell");
}
