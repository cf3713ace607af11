//! Connections that hold on without saying anything: each ends by itself, and nobody else waits for it.
use crate::{Site, rest, support::App};
use app::{server, web::access::public};
use axum::body::Body;
use futures_util::stream;
use std::{convert::Infallible, ops::RangeInclusive, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Instant, sleep, timeout},
};

/// In seconds, and a little more where the machine is busy.
const HEAD: RangeInclusive<u64> = 9..=16;
const BODY: RangeInclusive<u64> = 29..=36;

/// The beginning of a form of 900 bytes.
fn form(site: &Site) -> String {
    let form = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n";
    format!("POST /login HTTP/1.1\r\n{}{form}\r\nident", site.host())
}

#[tokio::test]
async fn whoever_says_too_little_is_hung_up_on() {
    let site = Site::new().await;
    let host = site.host();
    let openings = [
        (String::new(), HEAD, ""),
        ("G".to_owned(), HEAD, ""),
        (format!("GET / HTTP/1.1\r\n{host}"), HEAD, ""),
        (format!("GET /healthz HTTP/1.1\r\n{host}\r\n"), HEAD, "HTTP/1.1 200"),
        (form(&site), BODY, "HTTP/1.1 408"),
    ];
    let held = openings.map(|(opening, until, says)| {
        let address = site.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let started = Instant::now();
            stream.write_all(opening.as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await;
            let seconds = started.elapsed().as_secs();
            assert!(until.contains(&seconds) && answer.starts_with(says), "{seconds} s after {opening:?}: {answer}");
        })
    });

    for held in held {
        held.await.unwrap();
    }
}

#[tokio::test]
async fn a_head_or_a_body_that_drips_is_bounded_as_a_whole() {
    let site = Site::new().await;
    let drips = [(format!("GET / HTTP/1.1\r\n{}X-Long: ", site.host()), HEAD), (form(&site), BODY)].map(|(opening, until)| {
        let address = site.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(opening.as_bytes()).await.unwrap();
            let started = Instant::now();
            while stream.write_all(b"x").await.is_ok() && started.elapsed() < Duration::from_secs(60) {
                sleep(Duration::from_secs(1)).await;
            }
            let seconds = started.elapsed().as_secs();
            assert!(until.contains(&seconds), "{seconds} s after {opening:?}");
        })
    });

    for drip in drips {
        drip.await.unwrap();
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
        let full = timeout(Duration::from_secs(1), stream.write_all(request.as_bytes())).await;
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
    let heard = timeout(Duration::from_secs(30), silent[0].read(&mut byte)).await.expect("it is hung up on");
    assert_eq!(heard.unwrap_or(0), 0);
}

#[tokio::test]
async fn hundreds_of_forms_that_never_end_slow_nobody_else() {
    let site = Site::new().await;
    let mut slow = Vec::new();
    for _ in 0..500 {
        let mut stream = site.connect().await;
        stream.write_all(form(&site).as_bytes()).await.unwrap();
        slow.push(stream);
    }

    let started = Instant::now();
    for _ in 0..20 {
        let answer = site.send(format!("GET / HTTP/1.1\r\n{}Connection: close\r\n\r\n", site.host()).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"));
    }

    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(rest(&mut slow[499]).await.starts_with("HTTP/1.1 408"));
}
