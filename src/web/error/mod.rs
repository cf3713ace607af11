//! What goes wrong becomes one page, or a small JSON object for programs. Nothing of the inside is in it.
mod page;

pub use page::around;

use super::redirect::LocalPath;
use crate::{
    accounts,
    causes::{causes, told},
    db,
    oauth::{self, ApiError, Failure, tokens::StorageError},
};
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use sea_orm::DbErr;
use std::{borrow::Cow, panic::AssertUnwindSafe, time::Duration};
use tracing::Level;

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
    /// For the log, beside the request's id.
    log: Option<(Level, String)>,
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
    let refusal = refusal(&error);
    match refusal {
        Some(accounts::Error::Throttled(wait)) => return throttled(*wait),
        Some(accounts::Error::Locked) => return locked(),
        Some(accounts::Error::Changed) => return Error::LoginRequired { next: None }.into_response(),
        Some(accounts::Error::Beyond) => return Error::Forbidden.into_response(),
        Some(accounts::Error::Gone) => return Error::NotFound.into_response(),
        Some(accounts::Error::LinkUsed) => return fault(StatusCode::GONE),
        Some(accounts::Error::OtherAccount) => {
            let message = "This link belongs to another account. Sign out, sign in to that one, and open the link again.";
            return fault_saying(StatusCode::FORBIDDEN, message);
        }
        _ => {}
    }
    if matches!(refusal, Some(accounts::Error::Overloaded)) || database(&error).is_some_and(db::is_away) {
        let log = Some((Level::WARN, told(&error)));
        return retry_after(with(StatusCode::SERVICE_UNAVAILABLE, Fault { log, ..Fault::default() }), SHORTLY);
    }
    if let Some(error) = error.downcast_ref() {
        return of_provider(error);
    }
    if let Some(StorageError::Other(_)) = error.downcast_ref() {
        let log = Some((Level::WARN, told(&error)));
        return retry_after(with(StatusCode::SERVICE_UNAVAILABLE, Fault { log, ..Fault::default() }), SHORTLY);
    }
    let causes = causes(&error);
    let log = Some((Level::ERROR, causes.join(": ")));
    with(StatusCode::INTERNAL_SERVER_ERROR, Fault { causes, log, ..Fault::default() })
}

fn of_provider(error: &ApiError) -> Response {
    let (status, message): (_, Cow<str>) = match error {
        ApiError::Reconnect(provider) => return to_connections(provider),
        ApiError::Storage(_) => {
            return with(StatusCode::SERVICE_UNAVAILABLE, Fault { log: Some((Level::WARN, error.to_string())), ..Fault::default() });
        }
        ApiError::Provider { label, failure: Failure::Away(_) } => {
            (StatusCode::BAD_GATEWAY, format!("{label} does not answer at the moment. Try again later.").into())
        }
        ApiError::Provider { label, .. } | ApiError::Status { label, .. } => (
            StatusCode::BAD_GATEWAY,
            format!("{label} did not do what this page asked of it. Try again; if it happens again, tell us the request code below.")
                .into(),
        ),
    };
    with(status, Fault { message: Some(message), causes: vec![error.to_string()], log: Some((Level::WARN, error.to_string())) })
}

fn to_connections(provider: &str) -> Response {
    let mut response = fault(StatusCode::FORBIDDEN);
    response.extensions_mut().insert(ToConnections(provider.to_owned()));
    response
}

/// Where to reconnect that provider, and from there back.
#[derive(Clone)]
struct ToConnections(String);

/// Of accounts, whichever room passed it on.
fn refusal(error: &anyhow::Error) -> Option<&accounts::Error> {
    match error.downcast_ref() {
        Some(oauth::Error::Refused(error)) => Some(error),
        _ => error.downcast_ref(),
    }
}

/// Beneath whatever room it came through.
fn database(error: &anyhow::Error) -> Option<&DbErr> {
    match refusal(error) {
        Some(accounts::Error::Database(error)) => Some(error),
        _ => match (error.downcast_ref(), error.downcast_ref()) {
            (Some(ApiError::Storage(StorageError::Database(error))), _) | (_, Some(StorageError::Database(error))) => Some(error),
            _ => error.downcast_ref(),
        },
    }
}

/// Trying again in a moment may help.
pub fn unavailable() -> Response {
    retry_after(fault(StatusCode::SERVICE_UNAVAILABLE), SHORTLY)
}

const SHORTLY: Duration = Duration::from_secs(5);

fn throttled(wait: Duration) -> Response {
    let minutes = wait.as_secs().div_ceil(60).max(1);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let message = format!("There were too many tries. Wait {minutes} {unit}, then try again.");
    retry_after(fault_saying(StatusCode::TOO_MANY_REQUESTS, message), wait)
}

/// Says the same of accounts that do not exist.
fn locked() -> Response {
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
        let log = Some((Level::ERROR, "it panicked".to_owned()));
        with(StatusCode::INTERNAL_SERVER_ERROR, Fault { log, ..Fault::default() })
    })
}
