//! Plain axum: what a request costs on this machine before an app does anything.
use axum::{Router, routing::get};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).expect("usage: hello PORT");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let app = Router::new().route("/hello", get(|| async { "hello" }));
    axum::serve(listener, app).await.expect("it serves until it is stopped");
}
