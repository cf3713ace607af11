//! Cross-site request forgery: an unsafe request must come from our own pages. Browsers say where it comes from, so no
//! form needs a token that somebody could forget.
use super::{App, error::fault_saying, routes};
use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header::ORIGIN},
    response::Response,
};

/// The answer that ends it here, if there is one.
pub fn refusal(app: &App, request: &Request) -> Option<Response> {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(request.method());
    if safe || routes::is_machine(request) || is_ours(request.headers(), &app.config.base_url.origin()) {
        return None;
    }
    let silent = !request.headers().contains_key("sec-fetch-site") && !request.headers().contains_key(ORIGIN);
    let message = match silent {
        true => "This request does not say which page it came from, so nothing was done. Programs must send Sec-Fetch-Site or Origin.",
        false => "This was sent from another site, so nothing was done. Go back to our page and try again there.",
    };
    Some(fault_saying(StatusCode::FORBIDDEN, message))
}

/// `Sec-Fetch-Site` decides; only browsers too old to send it are asked for `Origin`.
fn is_ours(headers: &HeaderMap, our_origin: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => site == "same-origin" || site == "none",
        (None, _) => {
            let mut origins = headers.get_all(ORIGIN).iter();
            origins.next().is_some_and(|origin| origin == our_origin) && origins.next().is_none()
        }
        _ => false,
    }
}
