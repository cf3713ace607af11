use super::{Owner, StorageError, TokenSet, TokenStorage};
use async_trait::async_trait;
use moka::{future::Cache, ops::compute::Op};
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
            None => self.get_uncached(owner).await,
        }
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        self.alone(owner, async { self.storage.set(owner, tokens).await.map(|()| None) }).await.map(drop)
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        self.alone(owner, async { self.storage.delete(owner).await.map(|()| None) }).await.map(drop)
    }

    async fn get_uncached(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        self.alone(owner, self.storage.get_uncached(owner)).await
    }

    fn keeps_anything(&self) -> bool {
        self.storage.keeps_anything()
    }
}

impl Cached {
    /// One after the other for each owner, so that what was read before a write is not remembered after it. `work` answers what to
    /// remember.
    async fn alone(
        &self,
        owner: &Owner,
        work: impl Future<Output = Result<Option<TokenSet>, StorageError>> + Send,
    ) -> Result<Option<TokenSet>, StorageError> {
        let mut answer = Ok(None);
        let entry = self.remembered.entry(owner.clone());
        entry
            .and_compute_with(async |_| {
                answer = work.await;
                match &answer {
                    Ok(Some(tokens)) => Op::Put(tokens.clone()),
                    _ => Op::Remove,
                }
            })
            .await;
        answer
    }
}
