use super::CurrentSession;
use crate::{
    accounts::sessions,
    oauth::{
        Grants,
        tokens::{Owner, StorageError, TokenSet, TokenStorage},
    },
};
use async_trait::async_trait;

/// What providers granted, in the session of this browser: it ends with that, no job reaches it, and what is disconnected is erased
/// but not revoked. Written at once, so that a request which fails, or goes on longer than its answer, loses nothing.
pub struct SessionStorage {
    current: CurrentSession,
}

impl CurrentSession {
    /// What providers granted, as pages use it: kept where [`Grants::new`] says. For tokens that end with the session of a browser,
    /// answer `grants.kept_in(Arc::new(SessionStorage::new(self)))` here.
    pub fn grants(&self) -> Grants {
        self.store.app().grants.clone()
    }
}

impl SessionStorage {
    pub fn new(current: &CurrentSession) -> Self {
        Self { current: current.clone() }
    }

    fn open(&self, owner: &Owner, sealed: Option<String>) -> Result<Option<TokenSet>, StorageError> {
        sealed.map(|sealed| TokenSet::open(&self.current.store.app().sealer, owner, &sealed)).transpose()
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
        let sealed = self.current.data.get(&name(owner)).await.map_err(failure)?;
        self.open(owner, sealed)
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        let sealed = tokens.seal(&self.current.store.app().sealer, owner);
        self.current.data.insert(&name(owner), sealed).await.map_err(failure)?;
        self.current.data.save().await.map_err(failure)
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        self.current.data.remove::<String>(&name(owner)).await.map_err(failure)?;
        self.current.data.save().await.map_err(failure)
    }

    /// As another request of this browser may have left it since this one began.
    async fn get_uncached(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        let Some(key) = self.current.store.key() else { return Ok(None) };
        let sealed = sessions::datum::<String>(&self.current.store.app().db, &key, &name(owner)).await?;
        match &sealed {
            Some(sealed) => self.current.data.insert(&name(owner), sealed).await.map_err(failure)?,
            None => drop(self.current.data.remove::<String>(&name(owner)).await.map_err(failure)?),
        }
        self.open(owner, sealed)
    }
}
