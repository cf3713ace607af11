//! What goes wrong becomes one page, or a small JSON object for programs. Nothing of the inside is in it.
use super::{AppState, Page, Theme, client, log::RequestId, redirect::LocalPath};
use crate::{
    accounts::{Overloaded, throttle::Throttled},
    db,
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use sea_orm::DbErr;
use std::{borrow::Cow, panic::AssertUnwindSafe, sync::Arc, time::Duration};

/// What a handler may end with instead of an answer.
#[derive(Debug)]
pub enum Error {
    /// Nobody is signed in: off to the sign-in page, and back to `next` afterwards.
    LoginRequired {
        next: Option<LocalPath>,
    },
    Forbidden,
    NotFound,
    /// The form was not one of ours: 422, or what the status says.
    Refused(StatusCode, &'static str),
    /// Logged once. Becomes a 503 where trying again may help, a 429 where a limit was reached, else a 500.
    Internal(anyhow::Error),
}

pub type Result<T = Response, E = Error> = std::result::Result<T, E>;

impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::LoginRequired { next } => {
                let mut response = fault(StatusCode::UNAUTHORIZED);
                response.extensions_mut().insert(ToLogin(next.map_or("/login".into(), |next| next.as_next_of("/login"))));
                response
            }
            Self::Forbidden => fault(StatusCode::FORBIDDEN),
            Self::NotFound => fault(StatusCode::NOT_FOUND),
            Self::Refused(status, message) => fault_saying(status, message),
            Self::Internal(error) => internal(error),
        }
    }
}

#[derive(Clone)]
struct ToLogin(LocalPath);

/// What the page of an error shows beyond its status.
#[derive(Clone, Default)]
struct Fault {
    message: Option<Cow<'static, str>>,
    /// For the 500 page of a debug build.
    causes: Vec<String>,
}

/// An answer whose page [`around`] draws.
pub fn fault(status: StatusCode) -> Response {
    with(status, Fault::default())
}

pub fn fault_saying(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Response {
    with(status, Fault { message: Some(message.into()), ..Fault::default() })
}

fn with(status: StatusCode, fault: Fault) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(fault);
    response
}

fn internal(error: anyhow::Error) -> Response {
    match cause(&error) {
        Some(Throttled::For(wait)) => return throttled(*wait),
        Some(Throttled::UntilNewPassword) => return closed(),
        _ => {}
    }
    if cause::<Overloaded>(&error).is_some() || cause::<DbErr>(&error).is_some_and(db::is_away) {
        tracing::warn!(error = format!("{error:#}"), "unavailable");
        return unavailable();
    }
    tracing::error!(error = format!("{error:#}"), "a request failed");
    let causes = error.chain().map(ToString::to_string).collect();
    with(StatusCode::INTERNAL_SERVER_ERROR, Fault { causes, ..Fault::default() })
}

/// Trying again in a moment may help.
pub fn unavailable() -> Response {
    retry_after(fault(StatusCode::SERVICE_UNAVAILABLE), Duration::from_secs(5))
}

fn cause<E: std::error::Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

fn throttled(wait: Duration) -> Response {
    let minutes = wait.as_secs().div_ceil(60).max(1);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let message = format!("There were too many tries. Wait {minutes} {unit}, then try again.");
    retry_after(fault_saying(StatusCode::TOO_MANY_REQUESTS, message), wait)
}

/// Says the same of accounts that do not exist.
fn closed() -> Response {
    let message = "There were too many wrong passwords in a row. Ask an administrator to set a new one.";
    retry_after(fault_saying(StatusCode::TOO_MANY_REQUESTS, message), Duration::from_secs(15 * 60))
}

fn retry_after(mut response: Response, wait: Duration) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// A panic ends its own request and nothing else.
pub async fn caught(response: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(response).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request panicked");
        fault(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

/// Draws the page of every answer that is an error and has no page yet: ours, and those of axum and its layers.
pub async fn around(app: &AppState, request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let asked = Asked {
        path: request.uri().path_and_query().map_or("/".to_owned(), |path| path.as_str().to_owned()),
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
    theme: Theme,
    json: bool,
    id: String,
    from_here: bool,
}

fn is_page(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn draw(app: &AppState, asked: &Asked, response: Response, fault: Fault) -> Response {
    let (mut parts, _) = response.into_parts();
    let to_login = parts.extensions.remove::<ToLogin>().filter(|_| !asked.json);
    if let Some(ToLogin(path)) = to_login {
        return super::redirect::see_other(path);
    }
    let (title, message) = words(parts.status);
    let message = fault.message.unwrap_or(message.into());
    let body = if asked.json {
        let body = serde_json::json!({ "error": { "status": parts.status.as_u16(), "title": title, "message": message, "id": asked.id } });
        Json(body).into_response()
    } else {
        let causes = if cfg!(debug_assertions) && asked.from_here { fault.causes } else { Vec::new() };
        let viewer = parts.extensions.get::<Arc<crate::accounts::Viewer>>().cloned();
        let page = Page::bare(app, asked.theme, &asked.path, viewer);
        ErrorPage { page, status: parts.status, title, message, id: &asked.id, causes }.into_response()
    };
    let kept: Vec<(HeaderName, HeaderValue)> = parts.headers.drain().filter_map(|(name, value)| Some((name?, value))).collect();
    let (body_parts, body): (_, Body) = body.into_parts();
    parts.headers = body_parts.headers;
    parts.headers.extend(kept.into_iter().filter(|(name, _)| name != CONTENT_TYPE && name.as_str() != "content-length"));
    Response::from_parts(parts, body)
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
        413 => ("Too large", "More was sent than a form may hold. Shorten it and try again."),
        414 => ("Address too long", "The address is longer than this app accepts."),
        415 => ("Wrong kind of content", "Forms must be sent as a browser sends them."),
        421 => ("Wrong host", "This app does not answer under that name."),
        422 => ("Incomplete form", "The form did not arrive as it was filled in. Go back, reload the page and try again."),
        429 => ("Too many tries", "Wait a few minutes, then try again."),
        431 => ("Too many headers", "The browser sent more headers than this app accepts. Deleting this site's cookies may help."),
        503 => ("Not available right now", "Something this page needs does not answer, or there is too much to do. Try again in a moment."),
        code if code < 500 => ("Refused", "The request could not be accepted. Go back and try again."),
        _ => {
            ("Something went wrong", "It is not your fault, and it was logged. Try again, and if it stays, tell us the request code below.")
        }
    }
}
