//! Connections that hold on without saying anything: each ends by itself, and nobody else waits for it.
use crate::{Site, rest, support::App};
use app::{server, web::access::public};
use axum::body::Body;
use futures_util::stream;
use std::{convert::Infallible, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Instant, sleep},
};

/// How long it takes until the server ends it, in seconds, and what it said.
async fn end_of(stream: &mut TcpStream) -> (u64, String) {
    let started = Instant::now();
    let answer = rest(stream).await;
    (started.elapsed().as_secs(), answer)
}

#[tokio::test]
async fn whoever_says_too_little_is_hung_up_on() {
    let site = Site::new().await;
    let host = site.host();
    let openings = [
        String::new(),
        "G".to_owned(),
        format!("GET / HTTP/1.1\r\n{host}"),
        format!("GET /healthz HTTP/1.1\r\n{host}\r\n"),
        format!(
            "POST /login HTTP/1.1\r\n{host}Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\nident"
        ),
    ];
    let held = openings.map(|opening| {
        let address = site.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(opening.as_bytes()).await.unwrap();
            (end_of(&mut stream).await.0, opening)
        })
    });

    for held in held {
        let (seconds, opening) = held.await.unwrap();
        assert!((9..=31).contains(&seconds), "{seconds} s after {opening:?}");
    }
}

#[tokio::test]
async fn a_head_or_a_body_that_drips_is_bounded_as_a_whole() {
    let site = Site::new().await;
    let body_head = format!(
        "POST /login HTTP/1.1\r\n{}Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\n",
        site.host()
    );
    let drips = [format!("GET / HTTP/1.1\r\n{}X-Long: ", site.host()), body_head].map(|opening| {
        let address = site.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(opening.as_bytes()).await.unwrap();
            let started = Instant::now();
            while stream.write_all(b"x").await.is_ok() && started.elapsed() < Duration::from_secs(60) {
                sleep(Duration::from_secs(1)).await;
            }
            started.elapsed().as_secs()
        })
    });

    for drip in drips {
        assert!((9..=35).contains(&drip.await.unwrap()));
    }
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_not_kept() {
    let site = Site::new().await;
    let mut stream = site.connect().await;
    let request = format!("GET /static/vendor/pico.min.css HTTP/1.1\r\n{}\r\n", site.host());

    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(50) {
        // Unread answers fill both buffers; then the server can write no more, and hangs up.
        let full = tokio::time::timeout(Duration::from_secs(1), stream.write_all(request.as_bytes())).await;
        if matches!(full, Ok(Err(_))) {
            break;
        }
    }

    assert!(started.elapsed() < Duration::from_secs(45), "the connection stayed open");
}

/// As a feed of events is.
async fn endless() -> Body {
    Body::from_stream(stream::unfold((), async |()| {
        sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, Infallible>("data: more\n\n"), ()))
    }))
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off_when_the_app_stops() {
    let app = App::build(&[("BASE_URL", "http://localhost:1")], |routes| routes.page("/test/events", public(), endless)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve(vec![listener], app.router.clone(), async { drop(stopping.await) }));
    stream.write_all(b"GET /test/events HTTP/1.1\r\nHost: localhost:1\r\n\r\n").await.unwrap();
    stream.read_exact(&mut [0; 100]).await.unwrap();

    let started = Instant::now();
    stop.send(()).unwrap();
    serving.await.unwrap();

    assert!((20..25).contains(&started.elapsed().as_secs()));
}

#[tokio::test]
async fn a_thousand_silent_connections_slow_nobody_else() {
    let site = Site::new().await;
    let mut silent = Vec::new();
    for _ in 0..1000 {
        silent.push(site.connect().await);
    }

    let started = Instant::now();
    for _ in 0..20 {
        let answer = site.send(format!("GET / HTTP/1.1\r\n{}Connection: close\r\n\r\n", site.host()).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"));
    }

    assert!(started.elapsed() < Duration::from_secs(10));
    let mut byte = [0];
    assert_eq!(silent[0].read(&mut byte).await.unwrap_or(0), 0, "it was hung up on");
}
