//! What providers granted to this app: kept, used, and taken back.
use super::{
    Api, Failure, Providers,
    lease::Lease,
    tokens::{Database, Owner, StorageError, TokenSet, TokenStorage},
};
use crate::{
    accounts::identities::{self, Claim, Identity, Revocation},
    config::Config,
    db::{Db, writing},
    jobs,
    seal::Sealer,
};
use moka::future::Cache;
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::JoinError,
};
use tokio_util::task::TaskTracker;

#[derive(Clone)]
pub struct Grants {
    shared: Arc<Shared>,
    storage: Arc<dyn TokenStorage>,
}

struct Shared {
    db: Db,
    config: Config,
    providers: Providers,
    /// What goes on when nobody waits for it any more.
    tasks: TaskTracker,
    /// Held by whoever fetches new tokens for an owner, so that one task of this process asks the database who may.
    refreshing: Cache<String, Arc<Mutex<()>>>,
}

/// What somebody was sent to a provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The scopes of the settings.
    Usual,
    /// What a page needs, beside all that was granted before.
    More,
}

impl Grants {
    /// Where tokens are kept is chosen here. Fails where this machine has nothing to check certificates by.
    pub fn new(db: &Db, config: &Config) -> reqwest::Result<Self> {
        let storage = Arc::new(Database::new(db.clone(), Sealer::new(&config.secret_key)));
        let shared = Shared {
            db: db.clone(),
            config: config.clone(),
            providers: Providers::new(config)?,
            tasks: TaskTracker::new(),
            refreshing: Cache::builder().time_to_idle(Duration::from_secs(60)).build(),
        };
        Ok(Self { shared: Arc::new(shared), storage })
    }

    /// The same with tokens that are kept elsewhere, as in the session of a request.
    pub fn kept_in(&self, storage: Arc<dyn TokenStorage>) -> Self {
        Self { shared: self.shared.clone(), storage }
    }

    pub fn providers(&self) -> &Providers {
        &self.shared.providers
    }

    pub fn storage(&self) -> &dyn TokenStorage {
        &*self.storage
    }

    pub(super) fn db(&self) -> &Db {
        &self.shared.db
    }

    pub(super) fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(super) async fn alone(&self, owner: &Owner) -> OwnedMutexGuard<()> {
        self.shared.refreshing.get_with(owner.key(), async { Arc::default() }).await.lock_owned().await
    }

    /// Goes on where whoever waits for it hangs up.
    pub(super) async fn apart<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
        self.shared.tasks.spawn(work).await
    }

    /// For what a provider is handing out at the moment, before the process ends: nobody else has it.
    pub async fn finish(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// To call a provider for a person. None where that provider is not set up here any more.
    pub fn of(&self, identity: &Identity) -> Option<Api> {
        Some(Api::new(self.clone(), self.providers().of(identity)?.clone(), identity.into()))
    }

    /// To call a provider for the app itself, by tokens that were set for [`Owner::Site`]. None where it is not set up.
    pub fn of_site(&self, provider: &str) -> Option<Api> {
        let provider = self.providers().get(provider)?.clone();
        let owner = provider.site();
        Some(Api::new(self.clone(), provider, owner))
    }

    /// By the first of a person's connections that allows `scope` and is of use. None where none does.
    pub async fn allowing(&self, user_id: i64, provider: &str, scope: &str) -> Result<Option<Api>, StorageError> {
        let allows = |tokens: Option<TokenSet>| tokens.is_some_and(|tokens| tokens.is_of_use() && tokens.allows(scope));
        for identity in identities::list(self.db(), user_id).await?.iter().filter(|identity| identity.provider == provider) {
            let Some(api) = self.of(identity) else { continue };
            let owner = Owner::from(identity);
            // Another process may have brought them a moment ago.
            if allows(readable(self.storage.get(&owner).await)?) || allows(readable(self.storage.get_uncached(&owner).await)?) {
                return Ok(Some(api));
            }
        }
        Ok(None)
    }

    /// What somebody brought. They are let in even where it cannot be kept: then their page of connections asks for it again.
    pub(super) async fn keep(&self, claim: &Claim, tokens: &TokenSet, asked: Asked) {
        // Whoever hangs up meanwhile must leave neither half of it nor the lease.
        let (grants, claim, tokens) = (self.clone(), claim.clone(), tokens.clone());
        let kept = self.apart(async move { grants.try_to_keep(&claim, &tokens, asked).await }).await;
        if let Err(error) = kept.unwrap_or_else(|died| Err(StorageError::Other(died.into()))) {
            tracing::warn!(error = crate::causes::told(&error.into()), "what a provider granted could not be kept");
        }
    }

    async fn try_to_keep(&self, claim: &Claim, tokens: &TokenSet, asked: Asked) -> Result<(), StorageError> {
        let Some(identity) = identities::find(self.db(), claim).await? else { return Ok(()) };
        let owner = Owner::from(&identity);
        let lease = Lease::take_over(self.db(), &owner).await?;
        let kept = self.succeed(&identity, &owner, tokens, asked).await;
        lease.give_back().await;
        Ok(identities::mark_granted(self.db(), identity.id, &kept?.scopes).await?)
    }

    /// Whoever only signed in was asked for little: what allows more stays, unless the provider refuses it by now. Answers what is
    /// kept then.
    async fn succeed(&self, identity: &Identity, owner: &Owner, tokens: &TokenSet, asked: Asked) -> Result<TokenSet, StorageError> {
        let tokens = match readable(self.storage.get_uncached(owner).await)? {
            Some(old) if asked == Asked::Usual && old.is_wider_than(tokens) && !self.is_refused(identity, &old).await => return Ok(old),
            Some(old) => tokens.clone().succeeding(&old),
            None => tokens.clone(),
        };
        self.set(owner, &tokens).await.map(|()| tokens)
    }

    async fn is_refused(&self, identity: &Identity, tokens: &TokenSet) -> bool {
        let Some(api) = self.of(identity).filter(|_| !tokens.is_expired()) else { return false };
        matches!(api.issuer_knows(tokens).await, Err(Failure::Refused))
    }

    /// What was granted to a connection that was removed meanwhile has to end as well.
    pub(super) async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        self.storage.set(owner, tokens).await?;
        let Some(id) = owner.identity_id() else { return Ok(()) };
        if identities::get(self.db(), id).await?.is_some() {
            return Ok(());
        }
        let revocation = Revocation { owner: owner.clone(), tokens: Some(tokens.to_json().expose_secret().to_owned()) };
        let tx = writing(self.db()).await?;
        jobs::enqueue(&tx, self.config(), None, &revocation).await?;
        tx.commit().await?;
        self.storage.delete(owner).await?;
        Err(StorageError::NoOwner)
    }
}

/// What cannot be opened is as good as nothing, and is replaced at the next dance.
pub(super) fn readable(read: Result<Option<TokenSet>, StorageError>) -> Result<Option<TokenSet>, StorageError> {
    match read {
        Err(error @ StorageError::Unreadable(_)) => {
            tracing::warn!(%error, "a connection counts as one without tokens");
            Ok(None)
        }
        read => read,
    }
}
