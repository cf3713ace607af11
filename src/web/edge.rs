//! What is refused before anybody looks at it: oversized heads and other hosts.
use super::{App, error::fault, redirect};
use axum::{
    extract::Request,
    http::{StatusCode, header::HOST},
    response::Response,
};

const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_URI_BYTES: usize = 8 * 1024;

/// The answer that ends it here, if there is one.
pub fn refusal(app: &App, request: &Request) -> Option<Response> {
    if let Some(status) = oversized(request) {
        return Some(fault(status));
    }
    match host(request) {
        _ if matches!(request.uri().path(), "/healthz" | "/readyz") => None,
        None => Some(fault(StatusCode::BAD_REQUEST)),
        Some(host) if host.eq_ignore_ascii_case(app.config.base_url.authority()) => None,
        Some(host) if is_other_loopback_name(app, host) && is_practice_provider(host, request) => None,
        Some(host) if is_other_loopback_name(app, host) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Some(redirect::to_base_url(&app.config.base_url, path))
        }
        Some(_) => Some(fault(StatusCode::MISDIRECTED_REQUEST)),
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

/// It lives at 127.0.0.1, and its style beside it, so that it is another site to browsers, as real ones are.
fn is_practice_provider(host: &str, request: &Request) -> bool {
    let path = request.uri().path();
    host.starts_with("127.0.0.1:") && (path.starts_with("/dev/oauth/") || path.starts_with("/static/"))
}

/// In debug builds `localhost`, `127.0.0.1` and `[::1]` are one app with one set of cookies.
fn is_other_loopback_name(app: &App, host: &str) -> bool {
    let base = &app.config.base_url;
    let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{}", base.port()));
    cfg!(debug_assertions) && base.is_loopback() && names.iter().any(|name| name == host)
}
