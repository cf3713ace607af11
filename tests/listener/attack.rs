//! slowhttptest, which holds on to as many connections as it gets; `tests/run --soak` lets it do so for long.
use crate::{Site, support::is_soak};
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// More than a connection takes without somebody who reads it.
const STYLES: &str = "/static/vendor/pico.min.css";

fn attack(site: &Site, mode: &str, path: &str) -> Child {
    let (connections, seconds) = if is_soak() { ("1000", "120") } else { ("200", "4") };
    let url = format!("http://localhost:{}{path}", site.address.port());
    let mut command = Command::new("slowhttptest");
    command.args([mode, "-c", connections, "-r", "500", "-l", seconds, "-i", "3", "-p", "5", "-u", &url]);
    command.stdout(Stdio::piped()).spawn().expect("slowhttptest is installed")
}

/// As it prints from time to time: `connected:  200`, with a colour between.
fn most_connected(attack: Child) -> u32 {
    let output = attack.wait_with_output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts = printed.lines().filter_map(|line| line.split("connected:").nth(1)?.split_whitespace().last()?.parse().ok());
    counts.max().unwrap_or_else(|| panic!("{printed}"))
}

/// Answers how many held on.
async fn others_are_served_during(mode: &str, path: &str) -> u32 {
    // One attack at a time: they measure.
    static ATTACK: Mutex<()> = Mutex::const_new(());
    let _alone = ATTACK.lock().await;
    let site = Site::new().await;
    let request = format!("GET /login HTTP/1.1\r\n{}Connection: close\r\n\r\n", site.host());
    let mut attack = attack(&site, mode, path);

    let mut times = Vec::new();
    while attack.try_wait().unwrap().is_none() || times.len() < 500 {
        let started = Instant::now();
        assert!(site.send(request.as_bytes()).await.starts_with("HTTP/1.1 200"));
        times.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    times.sort();
    let p99 = times[times.len() * 99 / 100];
    assert!(p99 < Duration::from_millis(500), "{p99:?} of {} requests", times.len());
    assert!(site.send(request.as_bytes()).await.starts_with("HTTP/1.1 200"));
    most_connected(attack)
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_hold_on_and_slow_nobody() {
    assert!(others_are_served_during("-H", "/login").await >= 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_hold_on_and_slow_nobody() {
    assert!(others_are_served_during("-X", STYLES).await >= 100);
}

/// They come without a word on where the form was: refused before their bodies begin.
#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_are_hung_up_on() {
    assert_eq!(others_are_served_during("-B", "/login").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_ranges_are_answered_like_any_page() {
    assert_eq!(others_are_served_during("-R", STYLES).await, 0);
}
