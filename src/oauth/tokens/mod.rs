//! What providers granted, and where it is kept. A storage is told whose tokens are meant and touches no others.
mod cached;
mod database;
mod memory;
mod token_set;

pub use crate::entity::provider_token::Owner;
pub use cached::Cached;
pub use database::Database;
pub(super) use database::reseal;
pub use memory::{Memory, Nowhere};
pub use token_set::TokenSet;

use async_trait::async_trait;
use sea_orm::DbErr;

/// Where tokens are kept. `docs/oauth.md` shows how to write one; whatever can be read by others should keep what
/// [`TokenSet::seal`] makes.
#[async_trait]
pub trait TokenStorage: Send + Sync {
    /// None where nothing is kept.
    async fn get(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError>;

    /// In place of what was kept. Nobody minds whether the owner is still there: then it is deleted again.
    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError>;

    /// Nothing happens where nothing is kept.
    async fn delete(&self, owner: &Owner) -> Result<(), StorageError>;

    /// As `get`, but as they are kept at this moment, whatever a cache remembers: before a refresh token is used, which works once.
    async fn get_uncached(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        self.get(owner).await
    }

    /// False of one that keeps nothing: nobody is asked to connect anew because of it.
    fn keeps_anything(&self) -> bool {
        true
    }
}

/// Why tokens could not be kept or read. Holds none.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// `SECRET_KEY` lacks the key that sealed them, or they were sealed for another owner.
    #[error("the tokens of {0} cannot be opened: SECRET_KEY lacks the key that sealed them, or they belong to another row")]
    Unreadable(String),
    /// It was disconnected, or deleted with its person, while new ones were fetched.
    #[error("nobody owns these tokens any more")]
    NoOwner,
    #[error(transparent)]
    Database(#[from] DbErr),
    /// Of a storage of one's own.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}
