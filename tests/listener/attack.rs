//! slowhttptest, which holds on to as many connections as it gets; `tests/run --soak` lets it do so for long.
use crate::Site;
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

fn attack(site: &Site, mode: &str) -> Child {
    let (connections, seconds) = if std::env::var_os("SOAK").is_some() { ("1000", "120") } else { ("200", "4") };
    let url = format!("http://localhost:{}/login", site.address.port());
    let mut command = Command::new("slowhttptest");
    command.args([mode, "-c", connections, "-r", "500", "-l", seconds, "-i", "3", "-p", "5", "-u", &url]);
    command.stdout(Stdio::null()).spawn().expect("slowhttptest is installed")
}

async fn others_are_served_during(mode: &str) {
    let site = Site::new().await;
    let request = format!("GET /login HTTP/1.1\r\n{}Connection: close\r\n\r\n", site.host());
    let mut attack = attack(&site, mode);

    let mut times = Vec::new();
    while attack.try_wait().unwrap().is_none() {
        let started = Instant::now();
        assert!(site.send(request.as_bytes()).await.starts_with("HTTP/1.1 200"));
        times.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    times.sort();
    let p99 = times[times.len() * 99 / 100];
    assert!(p99 < Duration::from_millis(500), "{p99:?} of {} requests", times.len());
    assert!(site.send(request.as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads() {
    others_are_served_during("-H").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies() {
    others_are_served_during("-B").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges() {
    others_are_served_during("-R").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers() {
    others_are_served_during("-X").await;
}
