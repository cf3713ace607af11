//! The app behind its real listener.
use app::server;
use axum::Router;
use std::future::pending;
use tokio::net::TcpListener;

/// A port of this machine. It is known before there is an app, whose BASE_URL has to name it.
pub async fn bind() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Until the test ends.
pub fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(server::serve(vec![listener], router, pending()));
}
