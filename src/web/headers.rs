//! What browsers are told with every response, errors and panics included.
use super::{App, routes};
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// Of pages that lead nowhere else.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
                   form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Chromium asks it for the redirect that answers a form, too: without the providers a button would lead nowhere.
pub fn csp<'a>(form_origins: impl Iterator<Item = &'a str>) -> HeaderValue {
    let targets = ["form-action 'self'"].into_iter().chain(form_origins).collect::<Vec<_>>().join(" ");
    HeaderValue::from_str(&CSP.replace("form-action 'self'", &targets)).expect("origins are visible ASCII")
}

const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Whether the page's address is a secret, holds a code, or leads on to one: it must not be told to the next site.
pub fn is_secret(request: &Request) -> bool {
    let query = request.uri().query().filter(|query| query.contains("next="));
    let leads_on = |query| {
        let fields: Vec<(String, String)> = serde_html_form::from_str(query).unwrap_or_default();
        fields.iter().any(|(name, path)| name == "next" && routes::has_token(path.split('?').next().unwrap_or_default()))
    };
    request.extensions().get::<MatchedPath>().is_some_and(|route| route.as_str().contains("{token}") || route.as_str() == routes::CALLBACK)
        || query.is_some_and(leads_on)
}

/// A handler's own choice stands. Pages are never stored, so that nobody finds them in a cache after signing out.
pub fn add(app: &App, is_secret: bool, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if is_secret {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| app.csp.clone());
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.config.base_url.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        headers.append(header::VARY, HeaderValue::from_static("cookie"));
    }
    response
}
