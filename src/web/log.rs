//! One line a request, and the id that joins it to error pages and the audit.
use super::{App, metrics};
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method},
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

pub async fn around(app: &App, mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let mut line = Line::new(&request, app.config.metrics_bind.is_some());
    request.extensions_mut().insert(line.id.clone());
    let mut response = next(request).await;
    line.status = response.status().as_u16();
    response.headers_mut().insert("x-request-id", HeaderValue::from_str(&line.id.0).expect("base64url is visible ASCII"));
    response
}

/// Written when it is dropped, so that a page whose visitor left while waiting has one as well.
struct Line {
    started: Instant,
    id: RequestId,
    method: Method,
    /// Its template: paths and queries hold tokens.
    route: Option<MatchedPath>,
    status: u16,
    counts: bool,
}

/// As nginx says that a visitor did not wait for the answer.
const LEFT: u16 = 499;

impl Line {
    fn new(request: &Request, counts: bool) -> Self {
        let route = request.extensions().get().cloned();
        Self { started: Instant::now(), id: RequestId::new(), method: request.method().clone(), route, status: LEFT, counts }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { id, method, status, .. } = self;
        let (route, took) = (self.route.as_ref().map_or("-", MatchedPath::as_str), self.started.elapsed());
        let ms = took.as_micros() as f64 / 1000.0;
        if is_routine(route, *status) {
            tracing::debug!(target: "request", %method, route, status, ms, id = id.0);
        } else {
            tracing::info!(target: "request", %method, route, status, ms, id = id.0);
        }
        if self.counts {
            metrics::count(method, route, *status, took);
        }
    }
}

/// What load balancers ask every second, and what pages bring with them.
fn is_routine(route: &str, status: u16) -> bool {
    status < 400 && (matches!(route, "/healthz" | "/readyz") || route.starts_with("/static/"))
}
