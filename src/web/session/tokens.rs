use crate::{
    oauth::tokens::{Owner, StorageError, TokenSet, TokenStorage},
    seal::Sealer,
    web::App,
};
use async_trait::async_trait;
use tower_sessions::Session;

/// What providers granted, in the session of this browser: it ends with that, nobody else's pages and no job reach it, and what is
/// disconnected is erased but not revoked. Made for one request: `app.grants.kept_in(Arc::new(SessionStorage::new(&app, session)))`.
pub struct SessionStorage {
    session: Session,
    sealer: Sealer,
}

impl SessionStorage {
    pub fn new(app: &App, session: Session) -> Self {
        Self { session, sealer: app.sealer.clone() }
    }
}

fn name(owner: &Owner) -> String {
    format!("provider-tokens:{}", owner.key())
}

fn failure(error: tower_sessions::session::Error) -> StorageError {
    StorageError::Other(error.into())
}

#[async_trait]
impl TokenStorage for SessionStorage {
    async fn get(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        let sealed = self.session.get::<String>(&name(owner)).await.map_err(failure)?;
        sealed.map(|sealed| TokenSet::open(&self.sealer, owner, &sealed)).transpose()
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        self.session.insert(&name(owner), tokens.seal(&self.sealer, owner)).await.map_err(failure)
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        self.session.remove::<String>(&name(owner)).await.map(drop).map_err(failure)
    }
}
