//! Who is asking, and the cookie that says so. Handlers sign in, renew and sign out by the verbs of [`CurrentSession`]; the
//! rows are `accounts::sessions`' business. tower-sessions' own layer is not used: docs/decisions/001-sessions.md says why.
mod store;
mod tokens;

pub use tokens::SessionStorage;

use super::{App, AppState, Error, client, cookies, error::unavailable, routes};
use crate::{
    accounts::{
        self, Authenticated, KNOWN_FOR,
        sessions::{self, CameWith, Found, Key, Renewal, Session as Row},
    },
    db::Timestamp,
    seal::BrowserId,
};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, header::SET_COOKIE, request::Parts},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use std::{sync::Arc, time::Duration};
use store::{Outgoing, RequestStore};
use tokio::{sync::Semaphore, time::timeout};
use tower_sessions::{Session, session::Id};

/// The session of this request. The browser knows it by a token, of which the database has the hash.
#[derive(Clone, Debug)]
pub struct CurrentSession {
    store: Arc<RequestStore>,
    data: Session,
    /// The browser sent a cookie for it, known or not.
    sent: bool,
}

/// A move to another token that the database has yet to make.
pub struct PendingRenewal {
    pub keys: Renewal,
    token: String,
}

impl CurrentSession {
    /// Signs `who` in under a new token, replacing whatever session the browser had: nothing of an earlier visitor survives.
    pub async fn sign_in(&self, who: &Authenticated, remember: bool) -> accounts::Result<()> {
        let App { db, config, .. } = &**self.store.app();
        let token = Id::default().to_string();
        let replaced = self.store.public_id();
        let device = config.has_mail().then(|| self.store.device());
        let came_with = CameWith { session: replaced.as_deref(), device: device.as_ref() };
        let public_id = sessions::begin(db, config, self.store.client(), who, remember, &Key::of(&token), &came_with).await?;
        if let Some(device) = device {
            self.store.is_known_by(device);
        }
        if !self.data.is_empty().await {
            self.data.clear().await;
        }
        self.store.began(token, public_id, remember.then_some(config.lifetime(remember).absolute));
        Ok(())
    }

    /// A new token for the same session, whose person has just proved who they are.
    pub async fn renew(&self) -> accounts::Result<()> {
        let renewal = self.renewal()?;
        sessions::renew(&self.store.app().db, &renewal.keys).await?;
        self.renewed(renewal);
        Ok(())
    }

    /// The same in two steps, around a verb that moves the session in a transaction of its own.
    pub fn renewal(&self) -> accounts::Result<PendingRenewal> {
        let old = self.store.key().ok_or(accounts::Error::Changed)?;
        let token = Id::default().to_string();
        let lifetime = self.store.app().config.lifetime(self.store.is_remembered());
        Ok(PendingRenewal { keys: Renewal { old, new: Key::of(&token), lifetime }, token })
    }

    pub fn renewed(&self, renewal: PendingRenewal) {
        self.store.moved(renewal.token, self.store.remaining());
    }

    /// Takes the cookie away even where its session is unknown, as after a renewal that has not reached the browser yet.
    pub async fn sign_out(&self) -> Result<(), DbErr> {
        self.store.end().await?;
        if self.sent {
            self.store.ended();
        }
        Ok(())
    }
}

/// One query for a request that brings a cookie, none for one that does not.
pub async fn around(app: &AppState, mut request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    if needs_none(request.uri().path()) || routes::is_machine(&request) {
        return next(request).await;
    }
    let id = read_token(app, request.headers());
    let found = match find(app, id).await {
        Ok(found) => found,
        Err(error) => return Error::from(error).into_response(),
    };
    let (row, viewer) = found.unzip();
    let viewer = viewer.flatten().map(Arc::new);
    let client = client::of(app, request.headers(), request.extensions());
    let device = cookies::read(request.headers(), &app.cookies.device).and_then(BrowserId::parse);
    let store = Arc::new(RequestStore::new(app.clone(), client, row.clone(), viewer.clone(), device));
    let current = CurrentSession { data: Session::new(row.as_ref().and(id), store.clone(), None), store, sent: id.is_some() };
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    request.extensions_mut().insert(app.clone());
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

fn read_token(app: &App, headers: &HeaderMap) -> Option<Id> {
    cookies::read(headers, &app.cookies.session)?.parse().ok()
}

async fn find(app: &App, id: Option<Id>) -> Result<Option<Found>, DbErr> {
    match id {
        Some(id) => sessions::find(&app.db, &app.config, &Key::of(&id.to_string())).await,
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

/// At most once a minute, however many pages are open. Where the database cannot be written to for the moment, neither does
/// the page wait, nor do more than a few wait behind it: the next page marks it.
async fn touch(app: &AppState, row: &Arc<Row>) {
    const PATIENCE: Duration = Duration::from_millis(100);
    static AT_ONCE: Semaphore = Semaphore::const_new(8);
    let lifetime = app.config.lifetime(row.remember);
    let every = Duration::from_secs(60).min(lifetime.idle / 4);
    if Timestamp::now().since(row.last_seen_at) < every {
        return;
    }
    let Ok(permit) = AT_ONCE.try_acquire() else { return };
    let (app, row) = (app.clone(), row.clone());
    let marking = tokio::spawn(async move {
        if let Err(error) = sessions::touch(&app.db, &row, lifetime).await {
            tracing::debug!(%error, "a session could not be marked as seen");
        }
        drop(permit);
    });
    timeout(PATIENCE, marking).await.ok();
}

/// Only what was written is sent: an id that changed, or the removal after a sign-out.
fn send_cookie(app: &App, current: &CurrentSession, response: &mut Response) {
    let session = match current.store.outgoing() {
        Outgoing::Nothing => None,
        Outgoing::Token(token, max_age) => Some(app.cookies.set(&app.cookies.session, &token, max_age)),
        Outgoing::Removal => Some(app.cookies.remove(&app.cookies.session)),
    };
    let device = current.store.outgoing_device();
    let device = device.map(|device| app.cookies.set(&app.cookies.device, device.expose(), Some(KNOWN_FOR)));
    for cookie in [session, device].into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get().cloned().ok_or_else(|| Error::Internal(anyhow::anyhow!("this path has no session")))
    }
}
