//! Behind the proxies of `deploy/`.
use crate::support::{App, Balancer, bind, serve};
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::spawn_blocking,
};

/// What the proxy adds to each request that it passes on.
const MARK: &str = "x-forwarded-for";

/// How often the mark stands in each request that the app saw, and its path.
pub type Seen = Arc<Mutex<Vec<(usize, String)>>>;

async fn note(State(seen): State<Seen>, request: Request, next: Next) -> Response {
    seen.lock().unwrap().push((request.headers().get_all(MARK).iter().count(), request.uri().path().to_owned()));
    next.run(request).await
}

/// Sends it, and takes what comes until nothing has for so long.
pub fn send(port: u16, bytes: &[u8], patience: Duration) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// An app behind a proxy of which both believe that it stands at `host`.
pub struct Site {
    pub port: u16,
    pub host: String,
    pub seen: Seen,
    _balancer: Balancer,
}

impl Site {
    pub async fn behind(balancer: fn(&[u16]) -> Balancer) -> Self {
        let (listener, port) = bind().await;
        let balancer = balancer(&[port]);
        let host = format!("localhost:{}", balancer.port);
        let app = App::with(&[("BASE_URL", &format!("http://{host}")), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
        let seen = Seen::default();
        serve(listener, app.router.clone().layer(from_fn_with_state(seen.clone(), note)));
        let site = Self { port: balancer.port, host, seen, _balancer: balancer };
        site.wait_until_well().await
    }

    async fn wait_until_well(self) -> Self {
        spawn_blocking(move || {
            let started = Instant::now();
            while !self.is_well() {
                assert!(started.elapsed() < Duration::from_secs(10), "the proxy finds no app");
            }
            self
        })
        .await
        .unwrap()
    }

    /// Whether a visitor gets the answer to his own request, and nothing else.
    pub fn is_well(&self) -> bool {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host);
        let answer = send(self.port, request.as_bytes(), Duration::from_secs(10));
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok")
    }
}

/// An instance that is well, takes a request, and dies. Counts them by their first word.
async fn dies_when_asked(listener: TcpListener, asked: Arc<Mutex<Vec<String>>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let length = stream.read(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        if head.starts_with("GET /readyz") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
        } else {
            asked.lock().unwrap().extend(head.split(' ').next().map(str::to_owned));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_repeats_what_was_read_and_never_what_was_sent() {
    let (asked, mut ports) = (Arc::default(), Vec::new());
    for _ in 0..2 {
        let (listener, port) = bind().await;
        ports.push(port);
        tokio::spawn(dies_when_asked(listener, Arc::clone(&asked)));
    }
    let balancer = Balancer::haproxy(&ports);
    tokio::time::sleep(Duration::from_secs(2)).await;

    for head in ["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 0\r\n"] {
        let request = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n");
        spawn_blocking(move || send_patiently(balancer.port, &request)).await.unwrap();
    }

    let count = |method: &str| asked.lock().unwrap().iter().filter(|asked| *asked == method).count();
    assert!(count("GET") > 1, "{:?}", asked.lock());
    assert_eq!(count("POST"), 1);
}

fn send_patiently(port: u16, request: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_string(&mut String::new()).ok();
}

/// Refused unread, again and again, by somebody whom it costs nothing.
async fn is_not_taken_out_by_refusals(balancer: fn(&[u16]) -> Balancer) {
    let site = Site::behind(balancer).await;

    spawn_blocking(move || {
        for kilobytes in [17, 70, 200, 900].into_iter().cycle().take(40) {
            let length = kilobytes * 1000;
            let head = format!("POST /nope HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n", site.host);
            let refused = send(site.port, format!("{head}{}", "x".repeat(length)).as_bytes(), Duration::from_secs(10));
            assert!(refused.starts_with("HTTP/1.1 403"), "{kilobytes} kB: {refused}");
            assert!(site.is_well());
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn haproxy_is_not_misled_by_refusals() {
    is_not_taken_out_by_refusals(Balancer::haproxy).await;
}

#[tokio::test]
async fn nginx_is_not_misled_by_refusals() {
    is_not_taken_out_by_refusals(Balancer::nginx).await;
}
