//! What the proxies of `deploy/` hold on to, and what they let through, is what the app would.
use crate::{
    behind::{Site, send},
    support::Balancer,
};
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt, task::spawn_blocking};

/// What the app would not wait for must not be held on to in front of it.
async fn hangs_up_on_who_drips(balancer: fn(&[u16]) -> Balancer) {
    let site = Site::behind(balancer).await;
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Long: ", site.host);
    let form = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900";
    let body = format!("POST /login HTTP/1.1\r\nHost: {}\r\n{form}\r\n\r\nident", site.host);

    tokio::join!(is_hung_up_on(site.port, &head, 20), is_hung_up_on(site.port, &body, 45));
}

async fn is_hung_up_on(port: u16, opening: &str, seconds: u64) {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(opening.as_bytes()).await.unwrap();
    let started = Instant::now();
    while stream.write_all(b"x").await.is_ok() {
        assert!(started.elapsed() < Duration::from_secs(seconds), "{opening:?} goes on");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn haproxy_hangs_up_on_who_drips() {
    hangs_up_on_who_drips(Balancer::haproxy).await;
}

#[tokio::test]
async fn nginx_hangs_up_on_who_drips() {
    hangs_up_on_who_drips(Balancer::nginx).await;
}

/// A head of 15 kB, and an answer whose head holds an address three times as long as the one that was asked for.
async fn passes_on_what_the_app_takes(balancer: fn(&[u16]) -> Balancer) {
    let site = Site::behind(balancer).await;
    let host = format!("HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", site.host);
    let requests = [
        (format!("GET / {host}X-Long: {}\r\n\r\n", "x".repeat(15_000)), "HTTP/1.1 200"),
        (format!("GET /account?{} {host}\r\n", "%".repeat(1900)), "HTTP/1.1 303"),
    ];

    spawn_blocking(move || {
        for (request, expected) in requests {
            let answer = send(site.port, request.as_bytes(), Duration::from_secs(10));
            assert!(answer.starts_with(expected) && answer.contains("x-request-id: "), "{answer}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn haproxy_passes_on_what_the_app_takes() {
    passes_on_what_the_app_takes(Balancer::haproxy).await;
}

#[tokio::test]
async fn nginx_passes_on_what_the_app_takes() {
    passes_on_what_the_app_takes(Balancer::nginx).await;
}
