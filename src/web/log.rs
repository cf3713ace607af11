//! One line a request, and the id that joins it to error pages and the audit.
use super::{App, metrics};
use axum::{
    extract::{MatchedPath, Request},
    http::HeaderValue,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::time::Instant;

/// 16 characters, ours: a client's own would let it write into the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    fn new() -> Self {
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Names the route by its template: paths and queries hold tokens.
pub async fn around(app: &App, mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let started = Instant::now();
    let id = RequestId::new();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(id.clone());
    let mut response = next(request).await;
    let (route, status, took) = (route.as_ref().map_or("-", MatchedPath::as_str), response.status().as_u16(), started.elapsed());
    let ms = took.as_micros() as f64 / 1000.0;
    if is_routine(route, status) {
        tracing::debug!(target: "request", %method, route, status, ms, id = id.0);
    } else {
        tracing::info!(target: "request", %method, route, status, ms, id = id.0);
    }
    if app.config.metrics_bind.is_some() {
        metrics::count(&method, route, status, took);
    }
    response.headers_mut().insert("x-request-id", HeaderValue::from_str(&id.0).expect("base64url is visible ASCII"));
    response
}

/// What load balancers ask every second, and what pages bring with them.
fn is_routine(route: &str, status: u16) -> bool {
    status < 400 && (matches!(route, "/healthz" | "/readyz") || route.starts_with("/static/"))
}
