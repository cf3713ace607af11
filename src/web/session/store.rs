//! One request's view of its session: the row that was found, and where it has moved since.
use crate::{
    accounts::{
        Client, Viewer,
        sessions::{self, Key},
    },
    db::Timestamp,
    seal::BrowserId,
    web::AppState,
};
use sea_orm::DbErr;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// tower-sessions has no way to set an id, so this maps the one it knows to the row's present key.
pub struct RequestStore {
    app: AppState,
    client: Client,
    row: Option<Arc<sessions::Session>>,
    viewer: Option<Arc<Viewer>>,
    /// Of the browser's cookie.
    device: Option<BrowserId>,
    now: Mutex<Now>,
}

struct Now {
    key: Option<Key>,
    /// Of the same row; outlives renewals.
    public_id: Option<String>,
    outgoing: Outgoing,
    device: Option<BrowserId>,
}

/// What to tell the browser.
#[derive(Clone)]
pub enum Outgoing {
    Nothing,
    /// With a Max-Age, or until the browser closes.
    Token(String, Option<Duration>),
    Removal,
}

impl RequestStore {
    pub fn new(
        app: AppState,
        client: Client,
        row: Option<Arc<sessions::Session>>,
        viewer: Option<Arc<Viewer>>,
        device: Option<BrowserId>,
    ) -> Self {
        let key = row.as_ref().map(|row| row.key.clone());
        let public_id = row.as_ref().map(|row| row.public_id.clone());
        Self { app, client, row, viewer, device, now: Mutex::new(Now { key, public_id, outgoing: Outgoing::Nothing, device: None }) }
    }

    pub fn key(&self) -> Option<Key> {
        self.now().key.clone()
    }

    pub fn public_id(&self) -> Option<String> {
        self.now().public_id.clone()
    }

    pub fn app(&self) -> &AppState {
        &self.app
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The row, if there is one; [`RequestStore::ended`] tells the browser.
    pub async fn end(&self) -> std::result::Result<(), DbErr> {
        let Some(public_id) = self.public_id() else { return Ok(()) };
        sessions::end(&self.app.db, &self.client, &public_id, self.viewer.as_ref().map(|viewer| &viewer.user)).await
    }

    pub fn is_remembered(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.remember)
    }

    /// For the cookie of a session that is remembered.
    pub fn remaining(&self) -> Option<Duration> {
        let row = self.row.as_ref().filter(|row| row.remember)?;
        Some(row.ends_at.since(Timestamp::now()))
    }

    pub fn outgoing(&self) -> Outgoing {
        self.now().outgoing.clone()
    }

    /// By which the browser is known, from now on where it was not.
    pub fn device(&self) -> BrowserId {
        self.device.clone().unwrap_or_else(BrowserId::generate)
    }

    pub fn is_known_by(&self, device: BrowserId) {
        self.now().device = Some(device);
    }

    pub fn outgoing_device(&self) -> Option<BrowserId> {
        self.now().device.clone()
    }

    /// The same row by another key.
    pub fn moved(&self, token: String, max_age: Option<Duration>) {
        let mut now = self.now();
        now.key = Some(Key::of(&token));
        now.outgoing = Outgoing::Token(token, max_age);
    }

    /// Another row.
    pub fn began(&self, token: String, public_id: String, max_age: Option<Duration>) {
        self.moved(token, max_age);
        self.now().public_id = Some(public_id);
    }

    pub fn ended(&self) {
        *self.now() = Now { key: None, public_id: None, outgoing: Outgoing::Removal, device: None };
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[async_trait::async_trait]
impl SessionStore for RequestStore {
    /// For a visitor without a session. Never overwrites one.
    async fn create(&self, record: &mut Record) -> Result<()> {
        if self.key().is_some() {
            return self.save(record).await;
        }
        let token = record.id.to_string();
        let created = sessions::create_anonymous(&self.app.db, &self.app.config, &self.client, &Key::of(&token), &encode(record)?).await;
        self.began(token, created.map_err(backend)?, None);
        Ok(())
    }

    /// UPDATE only: a slow request must not revive a session that was ended meanwhile. Then nothing happens, and no cookie is sent.
    async fn save(&self, record: &Record) -> Result<()> {
        if let Some(key) = self.key() {
            sessions::save_data(&self.app.db, &key, &encode(record)?).await.map_err(backend)?;
        }
        Ok(())
    }

    /// Hands out what the one query of the page brought.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(row) = &self.row else { return Ok(None) };
        let data = serde_json::from_str(&row.data).unwrap_or_else(|error| {
            tracing::warn!(%error, session = row.public_id, "the data of a session cannot be read");
            HashMap::new()
        });
        Ok(Some(Record { id: *id, data, expiry_date: OffsetDateTime::now_utc() }))
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        if self.key().is_some() {
            self.end().await.map_err(backend)?;
            self.ended();
        }
        Ok(())
    }
}

impl fmt::Debug for RequestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestStore").finish_non_exhaustive()
    }
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: DbErr) -> Error {
    Error::Backend(error.to_string())
}
