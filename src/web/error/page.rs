//! The page of an error, or its JSON object.
use super::{Fault, ToConnections, ToLogin};
use crate::{
    accounts::Viewer,
    db::Timestamp,
    web::{
        AppState, Page, Theme, client,
        log::RequestId,
        redirect::{self, LocalPath},
        routes,
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tracing::Level;

/// Draws the page of every answer that is an error and has no page yet: ours, and those of axum and its layers.
pub async fn around(app: &AppState, request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let asked = Asked {
        page: LocalPath::of_request(&request).filter(|_| request.method() == Method::GET),
        path: request.uri().path_and_query().map_or("/".to_owned(), |path| path.as_str().to_owned()),
        form: *request.method() == Method::POST && routes::is_form(request.uri().path()),
        theme: Theme::of(app, request.headers()),
        json: request.headers().get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json")),
        id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        from_here: client::peer(request.extensions()).is_loopback() && !request.headers().contains_key("x-forwarded-for"),
    };
    let response = next(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    match response.extensions().get::<Fault>().cloned() {
        Some(fault) => draw(app, &asked, response, fault),
        None if failed && !is_page(&response) => draw(app, &asked, response, Fault::default()),
        None => response,
    }
}

/// What an error page must know of the request that is gone by then.
struct Asked {
    path: String,
    /// Where to come back to; None after a form.
    page: Option<LocalPath>,
    /// It sent the form of the page at `path`.
    form: bool,
    theme: Theme,
    json: bool,
    id: String,
    from_here: bool,
}

/// Or what a program reads.
fn is_page(response: &Response) -> bool {
    let kinds: [&[u8]; 2] = [b"text/html", b"application/json"];
    response.headers().get(CONTENT_TYPE).is_some_and(|found| kinds.iter().any(|kind| found.as_bytes().starts_with(kind)))
}

fn draw(app: &AppState, asked: &Asked, response: Response, fault: Fault) -> Response {
    if let Some((level, error)) = &fault.log {
        log(*level, error, &asked.id);
    }
    let (mut parts, _) = response.into_parts();
    let to_login = parts.extensions.remove::<ToLogin>().filter(|_| !asked.json);
    if let Some(ToLogin(path)) = to_login {
        return redirect::see_other(path);
    }
    let to_connections = parts.extensions.remove::<ToConnections>().filter(|_| !asked.json);
    if let Some(ToConnections(provider)) = to_connections {
        return redirect::see_other(LocalPath::of_connections(&provider, "", asked.page.as_ref()));
    }
    let (title, message) = words(parts.status);
    let message = fault.message.unwrap_or(message.into());
    let body = if asked.json {
        let body = serde_json::json!({ "error": { "status": parts.status.as_u16(), "title": title, "message": message, "id": asked.id } });
        Json(body).into_response()
    } else {
        let causes = if cfg!(debug_assertions) && asked.from_here { fault.causes } else { Vec::new() };
        let viewer = parts.extensions.get::<Arc<Viewer>>().cloned();
        let page = Page::bare(app, asked.theme, &asked.path, viewer);
        ErrorPage { page, status: parts.status, title, message, id: &asked.id, causes, form: asked.form }.into_response()
    };
    let kept: Vec<(HeaderName, HeaderValue)> = parts.headers.drain().filter_map(|(name, value)| Some((name?, value))).collect();
    let (body_parts, body): (_, Body) = body.into_parts();
    parts.headers = body_parts.headers;
    parts.headers.extend(kept.into_iter().filter(|(name, _)| name != CONTENT_TYPE && name.as_str() != "content-length"));
    Response::from_parts(parts, body)
}

fn log(level: Level, error: &str, id: &str) {
    match level {
        Level::ERROR => tracing::error!(id, error, "a request failed"),
        _ if is_news(error) => tracing::warn!(id, error, "unavailable"),
        _ => tracing::debug!(id, error, "unavailable"),
    }
}

/// What is away fails every request: each cause once a minute says enough.
fn is_news(error: &str) -> bool {
    static SAID: Mutex<(i64, BTreeSet<String>)> = Mutex::new((0, BTreeSet::new()));
    let mut said = SAID.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let minute = Timestamp::now().0 / 60_000;
    if said.0 != minute {
        *said = (minute, BTreeSet::new());
    }
    said.1.len() < 100 && said.1.insert(error.to_owned())
}

#[derive(Template, WebTemplate)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    status: StatusCode,
    title: &'static str,
    message: Cow<'static, str>,
    id: &'a str,
    causes: Vec<String>,
    /// A way back to the form that was refused.
    form: bool,
}

/// What happened, and what to do now.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        400 => ("Bad request", "The browser sent something that cannot be read. Reload the page and try again."),
        401 => ("Sign in first", "This needs somebody who is signed in."),
        403 => ("Not allowed", "Your account may not do this. If it should, ask an administrator."),
        404 => ("Page not found", "There is no such page. The address may be mistyped, or the page may be gone."),
        405 => ("Not possible here", "This address does not take that kind of request. Go back and use the page's own buttons."),
        408 => ("Too slow", "The request took too long to arrive or to answer. Try again."),
        410 => (
            "Link no longer valid",
            "This link was used, replaced by a newer one, or is too old. If you used it yourself, all is well; else ask for a new one.",
        ),
        413 => ("Too large", "More was sent than a form may hold. Shorten it and try again."),
        414 => ("Address too long", "The address is longer than this app accepts."),
        415 => ("Wrong kind of content", "Forms must be sent as a browser sends them."),
        421 => ("Wrong host", "This app does not answer under that name."),
        422 => ("Incomplete form", "The form did not arrive as it was filled in. Go back, reload the page and try again."),
        429 => ("Too many tries", "Wait a few minutes, then try again."),
        431 => ("Too many headers", "The browser sent more headers than this app accepts. Deleting this site's cookies may help."),
        502 => ("No answer from elsewhere", "Another site that this page needs did not answer as it should. Try again later."),
        503 => ("Not available right now", "Something this page needs does not answer, or there is too much to do. Try again in a moment."),
        code if code < 500 => ("Refused", "The request could not be accepted. Go back and try again."),
        _ => (
            "Something went wrong",
            "It is not your fault, and it was logged. Try again, and if it happens again, tell us the request code below.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_said_once_a_minute() {
        assert!(is_news("the disk is full") && is_news("too many wait"));
        assert!(!is_news("the disk is full") || is_news("the minute changed just now"));
    }
}
