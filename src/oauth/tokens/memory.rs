//! For tests, and for apps that keep nothing.
use super::{Owner, StorageError, TokenSet, TokenStorage};
use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// Until the process ends.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<Owner, TokenSet>>);

impl Memory {
    fn kept(&self) -> MutexGuard<'_, HashMap<Owner, TokenSet>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[async_trait]
impl TokenStorage for Memory {
    async fn get(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        Ok(self.kept().get(owner).cloned())
    }

    async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        self.kept().insert(owner.clone(), tokens.clone());
        Ok(())
    }

    async fn delete(&self, owner: &Owner) -> Result<(), StorageError> {
        self.kept().remove(owner);
        Ok(())
    }
}

/// Keeps nothing: providers sign people in, and the app never acts for them.
pub struct Nowhere;

#[async_trait]
impl TokenStorage for Nowhere {
    async fn get(&self, _: &Owner) -> Result<Option<TokenSet>, StorageError> {
        Ok(None)
    }

    async fn set(&self, _: &Owner, _: &TokenSet) -> Result<(), StorageError> {
        Ok(())
    }

    async fn delete(&self, _: &Owner) -> Result<(), StorageError> {
        Ok(())
    }

    fn keeps_anything(&self) -> bool {
        false
    }
}
