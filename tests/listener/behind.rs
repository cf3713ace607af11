//! Behind the proxies of `deploy/`: what two programs could read as different requests must not become one more.
use crate::support::{App, Balancer};
use app::server;
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use std::{
    future::pending,
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
type Seen = Arc<Mutex<Vec<(usize, String)>>>;

async fn note(State(seen): State<Seen>, request: Request, next: Next) -> Response {
    seen.lock().unwrap().push((request.headers().get_all(MARK).iter().count(), request.uri().path().to_owned()));
    next.run(request).await
}

/// Frames that are wrong, doubtful or double, each around a request that nobody sent.
fn smuggled(host: &str) -> Vec<String> {
    let hidden = format!("GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let covering = format!("Content-Length: {}\r\n", hidden.len() + 5);
    let headers = [
        "Content-Length: 5\r\nContent-Length: 6\r\n".to_owned(),
        "Content-Length: 5, 6\r\n".to_owned(),
        "Content-Length: +5\r\n".to_owned(),
        "Content-Length: 0x5\r\n".to_owned(),
        "Content-Length : 5\r\n".to_owned(),
        format!("{covering}Transfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\n{covering}"),
        format!("{covering}Transfer-Encoding : chunked\r\n"),
        format!("{covering} Transfer-Encoding: chunked\r\n"),
        format!("{covering}X: x\nTransfer-Encoding: chunked\r\n"),
        format!("{covering}X: x\rTransfer-Encoding: chunked\r\n"),
        format!("{covering}Transfer-Encoding: xchunked\r\n"),
        format!("{covering}Transfer-Encoding:\x0bchunked\r\n"),
        format!("{covering}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        format!("{covering}Transfer-Encoding: identity, chunked\r\n"),
        format!("{covering}Transfer-Encoding: chunked\0\r\n"),
        format!("{covering}Connection: content-length\r\n"),
        format!("{covering}Expect: 100-continue\r\n"),
        "Transfer-Encoding: chunked\r\n".to_owned(),
    ];
    let bodies = [
        format!("0\r\n\r\n{hidden}"),
        format!("0\n\n{hidden}\n"),
        format!("00000000000000000\r\n\r\n{hidden}"),
        format!("1;\nx\r\n0\r\n\r\n{hidden}"),
        format!("fffffffffffffffff\r\n{hidden}"),
    ];
    let request = |line: &str, head: &str, body: &str| format!("{line}\r\nHost: {host}\r\n{head}\r\n{body}");
    let posts = headers.iter().flat_map(|head| bodies.iter().map(move |body| ("POST /login HTTP/1.1", head, body)));
    let gets = headers.iter().map(|head| ("GET /login HTTP/1.1", head, &bodies[0]));
    let old = headers.iter().map(|head| ("POST /login HTTP/1.0", head, &bodies[0]));
    posts.chain(gets).chain(old).map(|(line, head, body)| request(line, head, body)).collect()
}

/// Sends it, and takes what comes for a moment.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// An app behind a proxy of which both believe that it stands at `host`.
struct Site {
    port: u16,
    host: String,
    seen: Seen,
    _balancer: Balancer,
}

impl Site {
    async fn behind(balancer: fn(&[u16]) -> Balancer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let balancer = balancer(&[listener.local_addr().unwrap().port()]);
        let host = format!("localhost:{}", balancer.port);
        let app = App::with(&[("BASE_URL", &format!("http://{host}")), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
        let seen = Seen::default();
        let router = app.router.clone().layer(from_fn_with_state(seen.clone(), note));
        tokio::spawn(server::serve(vec![listener], router, pending()));
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
    fn is_well(&self) -> bool {
        let answer = send(self.port, format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host).as_bytes());
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok")
    }
}

async fn keeps_requests_apart(balancer: fn(&[u16]) -> Balancer) {
    let site = Site::behind(balancer).await;

    let seen = site.seen.clone();
    spawn_blocking(move || {
        for payload in smuggled(&site.host) {
            send(site.port, payload.as_bytes());
            assert!(site.is_well(), "after {payload:?}");
        }
    })
    .await
    .unwrap();

    let seen = seen.lock().unwrap();
    let unmarked: Vec<_> = seen.iter().filter(|(marks, path)| *marks != 1 && path != "/readyz").collect();
    assert!(unmarked.is_empty(), "the proxy knows nothing of {unmarked:?}");
    assert!(seen.iter().any(|(_, path)| path == "/login"), "some are harmless, and pass");
}

#[tokio::test]
async fn haproxy_and_the_app_agree_where_a_request_ends() {
    keeps_requests_apart(Balancer::haproxy).await;
}

#[tokio::test]
async fn nginx_and_the_app_agree_where_a_request_ends() {
    keeps_requests_apart(Balancer::nginx).await;
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        ports.push(listener.local_addr().unwrap().port());
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
            let refused = send(site.port, format!("{head}{}", "x".repeat(length)).as_bytes());
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
