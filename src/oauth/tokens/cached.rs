use super::{Owner, StorageError, TokenSet, TokenStorage};
use async_trait::async_trait;
use moka::future::Cache;
use std::{sync::Arc, time::Duration};

/// Remembers what another storage answers, for a minute, in this process: another one that deletes is noticed as late as that.
/// Whose tokens they are is part of the key, so that nobody gets those of who was signed in before.
pub struct Cached {
    storage: Arc<dyn TokenStorage>,
    remembered: Cache<Owner, TokenSet>,
}

impl Cached {
    const LASTS: Duration = Duration::from_secs(60);
    const AT_MOST: u64 = 10_000;

    pub fn new(storage: Arc<dyn TokenStorage>) -> Self {
        Self { storage, remembered: Cache::builder().max_capacity(Self::AT_MOST).time_to_live(Self::LASTS).build() }
    }
}

#[async_trait]
impl TokenStorage for Cached {
    async fn get(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        match self.remembered.get(owner).await {
            Some(tokens) => Ok(Some(tokens)),
            None => self.get_anew(owner).await,
        }
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        let set = self.storage.set(owner, tokens).await;
        self.remembered.invalidate(owner).await;
        set
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        let deleted = self.storage.delete(owner).await;
        self.remembered.invalidate(owner).await;
        deleted
    }

    async fn get_anew(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        let tokens = self.storage.get_anew(owner).await?;
        match &tokens {
            Some(tokens) => self.remembered.insert(owner.clone(), tokens.clone()).await,
            None => self.remembered.invalidate(owner).await,
        }
        Ok(tokens)
    }
}
