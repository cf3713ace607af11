//! What is refused before anybody looks at it: oversized heads and other hosts.
use super::{AppState, error::fault, redirect};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header::HOST},
    middleware::Next,
    response::{IntoResponse, Response},
};

const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_URI_BYTES: usize = 8 * 1024;

pub async fn layer(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if let Some(status) = oversized(&request) {
        return fault(status);
    }
    match host(&request) {
        _ if matches!(request.uri().path(), "/healthz" | "/readyz") => next.run(request).await,
        None => fault(StatusCode::BAD_REQUEST),
        Some(host) if host.eq_ignore_ascii_case(app.config.base_url.authority()) => next.run(request).await,
        Some(host) if is_other_loopback_name(&app, host) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            redirect::to_base_url(&app.config.base_url, path).into_response()
        }
        Some(_) => fault(StatusCode::MISDIRECTED_REQUEST),
    }
}

fn oversized(request: &Request) -> Option<StatusCode> {
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let uri = request.uri();
    let uri_bytes = uri.path().len() + uri.query().map_or(0, str::len);
    if uri_bytes > MAX_URI_BYTES {
        Some(StatusCode::URI_TOO_LONG)
    } else if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else {
        None
    }
}

/// None where it is missing or stands twice. A request line with a host of its own must name the same one.
fn host(request: &Request) -> Option<&str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let line = request.uri().authority().map(|authority| authority.as_str());
    (hosts.next().is_none() && line.is_none_or(|line| line == host)).then_some(host)
}

/// In debug builds `localhost`, `127.0.0.1` and `[::1]` are one app with one set of cookies.
fn is_other_loopback_name(app: &AppState, host: &str) -> bool {
    let base = &app.config.base_url;
    let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{}", base.port()));
    cfg!(debug_assertions) && base.is_loopback() && names.iter().any(|name| name == host)
}
