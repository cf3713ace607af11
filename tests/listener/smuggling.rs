//! What two programs could read as different requests must not become one more.
use crate::{
    behind::{Site, send},
    support::Balancer,
};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// What the proxy asks for itself.
const PROBES: [&str; 2] = ["/readyz", "/healthz"];

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

async fn keeps_requests_apart(balancer: fn(&[u16]) -> Balancer) {
    let site = Site::behind(balancer).await;

    let seen = site.seen.clone();
    spawn_blocking(move || {
        for payload in smuggled(&site.host) {
            send(site.port, payload.as_bytes(), Duration::from_millis(100));
            assert!(site.is_well(), "after {payload:?}");
        }
    })
    .await
    .unwrap();

    let seen = seen.lock().unwrap();
    let unmarked: Vec<_> = seen.iter().filter(|(marks, path)| *marks != 1 && !PROBES.contains(&path.as_str())).collect();
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
