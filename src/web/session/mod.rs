//! Who is asking, and the cookie that says so. Handlers sign in, renew and sign out by the three verbs here; the rows are
//! `accounts::sessions`' business. tower-sessions' own layer is not used: docs/decisions/001-sessions.md says why.
mod store;

use super::{App, AppState, Error, client, cookies, error::unavailable};
use crate::{
    accounts::{
        Authenticated, Client, Viewer,
        sessions::{self, Key, Renewal, Start},
    },
    config::Lifetime,
    db::Timestamp,
};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, header::SET_COOKIE, request::Parts},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use std::{sync::Arc, time::Duration};
use store::{Outgoing, RequestStore};
use tower_sessions::{Session, session::Id};

/// The session of this request, for the three verbs below.
#[derive(Clone, Debug)]
pub struct CurrentSession {
    store: Arc<RequestStore>,
    data: Session,
    /// The browser sent a cookie for it, known or not.
    sent: bool,
}

/// Signs `who` in under a new id, replacing whatever session the browser had: nothing of an earlier visitor survives.
/// False where the account was deactivated, or its password changed, since it was read.
pub async fn sign_in(app: &App, current: &CurrentSession, client: &Client, who: &Authenticated, remember: bool) -> Result<bool, Error> {
    let id = Id::default().to_string();
    let start = Start { remember, lifetime: app.config.lifetime(remember) };
    let replaced = current.store.public_id();
    let Some(public_id) = sessions::start(&app.db, client, who, start, &Key::of(&id), replaced.as_deref()).await? else {
        return Ok(false);
    };
    if !current.data.is_empty().await {
        current.data.clear().await;
    }
    current.store.began(id, public_id, remember.then_some(start.lifetime.absolute));
    Ok(true)
}

/// A new id for the same session, whose person has just proved who they are. False: it was ended meanwhile.
pub async fn renew(app: &App, current: &CurrentSession) -> Result<bool, DbErr> {
    renew_by(app, current, async |renewal| sessions::renew(&app.db, renewal).await).await
}

/// The same by a verb that moves the session in a transaction of its own, and answers whether it did.
pub async fn renew_by<E>(app: &App, current: &CurrentSession, verb: impl AsyncFnOnce(&Renewal) -> Result<bool, E>) -> Result<bool, E> {
    let Some(old) = current.store.key() else { return Ok(false) };
    let id = Id::default().to_string();
    let renewal = Renewal { old, new: Key::of(&id), lifetime: app.config.lifetime(current.store.is_remembered()) };
    let renewed = verb(&renewal).await?;
    if renewed {
        current.store.moved(id, current.store.remaining());
    }
    Ok(renewed)
}

/// Takes the cookie away even where its session is unknown, as after a renewal that has not reached the browser yet.
pub async fn sign_out(app: &App, current: &CurrentSession, client: &Client) -> Result<(), DbErr> {
    if let Some(public_id) = current.store.public_id() {
        sessions::end(&app.db, client, &public_id, current.store.user_id()).await?;
    }
    if current.sent {
        current.store.ended();
    }
    Ok(())
}

/// One query for a request that brings a cookie, none for one that does not.
pub async fn around(app: &AppState, mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    if needs_none(request.uri().path()) {
        return next(request).await;
    }
    let id = read_id(app, request.headers());
    let found = match find(app, id).await {
        Ok(found) => found,
        Err(error) => return Error::from(error).into_response(),
    };
    let (row, viewer) = found.unzip();
    let viewer = viewer.flatten().map(Arc::new);
    let client = client::of(app, request.headers(), request.extensions());
    let store = Arc::new(RequestStore::new(app.clone(), client, row.clone()));
    let current = CurrentSession { data: Session::new(row.as_ref().and(id), store.clone(), None), store, sent: id.is_some() };
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    request.extensions_mut().insert(current.data.clone());
    request.extensions_mut().insert(current.clone());

    let response = next(request).await;
    let mut response = save(&current, response).await;
    if let Some(row) = row {
        touch(app, &row).await;
    }
    if let Some(viewer) = viewer {
        response.extensions_mut().insert(viewer);
    }
    send_cookie(app, &current, &mut response);
    response
}

fn needs_none(path: &str) -> bool {
    path.starts_with("/static/") || matches!(path, "/healthz" | "/readyz" | "/robots.txt")
}

fn read_id(app: &App, headers: &HeaderMap) -> Option<Id> {
    cookies::read(headers, &app.cookies.session)?.parse().ok()
}

async fn find(app: &App, id: Option<Id>) -> Result<Option<(Arc<sessions::Session>, Option<Viewer>)>, DbErr> {
    match id {
        Some(id) => sessions::find(&app.db, &Key::of(&id.to_string())).await,
        None => Ok(None),
    }
}

/// What handlers put into their `Session`, unless they failed.
async fn save(current: &CurrentSession, response: Response) -> Response {
    if !current.data.is_modified() || response.status().is_server_error() {
        return response;
    }
    match current.data.save().await {
        Ok(()) => response,
        Err(error) => {
            tracing::warn!(%error, "a session could not be saved");
            unavailable()
        }
    }
}

/// At most once a minute, however many pages are open. Failing is no reason to withhold the page.
async fn touch(app: &App, row: &sessions::Session) {
    let lifetime: Lifetime = app.config.lifetime(row.remember);
    let every = Duration::from_secs(60).min(lifetime.idle / 4);
    if Timestamp::now().since(row.last_seen_at) < every {
        return;
    }
    if let Err(error) = sessions::touch(&app.db, row, lifetime).await {
        tracing::warn!(%error, "a session could not be marked as seen");
    }
}

/// Only what was written is sent: an id that changed, or the removal after a sign-out.
fn send_cookie(app: &App, current: &CurrentSession, response: &mut Response) {
    let cookie = match current.store.outgoing() {
        Outgoing::Nothing => return,
        Outgoing::Id(id, max_age) => app.cookies.set(&app.cookies.session, &id, max_age),
        Outgoing::Removal => app.cookies.remove(&app.cookies.session),
    };
    response.headers_mut().append(SET_COOKIE, cookie);
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get().cloned().ok_or_else(|| Error::Internal(anyhow::anyhow!("this path has no session")))
    }
}
