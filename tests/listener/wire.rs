//! Requests that no browser sends.
use crate::Site;
use app::web::access::public;
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};

#[tokio::test]
async fn a_request_without_one_host_is_refused() {
    let site = Site::new().await;

    for hosts in ["", "Host: a\r\nHost: b\r\n", &format!("{0}{0}", site.host())] {
        let answer = site.send(format!("GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{hosts}: {answer}");
    }
}

#[tokio::test]
async fn a_head_larger_than_16_kib_is_refused() {
    let site = Site::new().await;
    let head = |bytes: usize| format!("GET / HTTP/1.1\r\n{}X-Long: {}\r\nConnection: close\r\n\r\n", site.host(), "x".repeat(bytes));

    assert!(site.send(head(15 * 1024).as_bytes()).await.starts_with("HTTP/1.1 200"));
    for bytes in [17 * 1024, 70 * 1024] {
        assert!(site.send(head(bytes).as_bytes()).await.starts_with("HTTP/1.1 431"), "{bytes}");
    }
}

#[tokio::test]
async fn what_two_programs_could_read_as_different_requests_is_refused() {
    let site = Site::new().await;
    let smuggled = "0\r\n\r\nGET /account HTTP/1.1\r\n\r\n";

    for headers in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X: a\r\n b\r\nContent Length: 5\r\n",
    ] {
        let head = format!("POST /login HTTP/1.1\r\n{}{headers}\r\n{smuggled}", site.host());
        let answer = site.send(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.matches("HTTP/1.1").count() == 1, "{headers}: {answer}");
    }
}

#[tokio::test]
async fn length_and_chunks_together_end_the_connection() {
    let site = Site::new().await;
    let head = format!("POST /login HTTP/1.1\r\n{}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", site.host());

    let answer = site.send(format!("{head}0\r\n\r\nGET /healthz HTTP/1.1\r\n{}\r\n", site.host()).as_bytes()).await;

    assert!(answer.matches("HTTP/1.1").count() == 1, "{answer}");
}

#[tokio::test]
async fn methods_that_no_page_takes_are_refused() {
    let site = Site::new().await;

    for (method, status) in [("TRACE", "405"), ("CONNECT", "403"), ("BREW", "403")] {
        let answer =
            site.send(format!("{method} / HTTP/1.1\r\n{}X-Mirror: mirrored\r\nConnection: close\r\n\r\n", site.host()).as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method}: {answer}");
        assert!(!answer.contains("mirrored"));
    }
}

#[tokio::test]
async fn a_connection_can_become_something_else_as_websockets_do() {
    let site = Site::with_routes(|routes| routes.page("/test/echo", public(), echo)).await;
    let mut stream = site.connect().await;
    let head = format!("GET /test/echo HTTP/1.1\r\n{}Connection: upgrade\r\nUpgrade: echo\r\n\r\n", site.host());

    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 101"));
    stream.write_all(b"hello").await.unwrap();

    assert_eq!(stream.read(&mut answer).await.unwrap(), 5);
    assert!(answer.starts_with(b"hello"));
}

async fn echo(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let (mut from, mut to) = split(TokioIo::new(upgrade.await.unwrap()));
        copy(&mut from, &mut to).await
    });
    (StatusCode::SWITCHING_PROTOCOLS, [(header::CONNECTION, "upgrade"), (header::UPGRADE, "echo")]).into_response()
}
