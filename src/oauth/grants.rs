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
    seal::Sealer,
};
use secrecy::ExposeSecret;
use std::sync::Arc;

#[derive(Clone)]
pub struct Grants(Arc<Shared>);

struct Shared {
    db: Db,
    config: Config,
    providers: Providers,
    storage: Arc<dyn TokenStorage>,
}

impl Grants {
    /// Where tokens are kept is chosen here. Fails where this machine has nothing to check certificates by.
    pub fn new(db: &Db, config: &Config) -> reqwest::Result<Self> {
        let storage = Database::new(db.clone(), Sealer::new(&config.secret_key));
        let (db, config, providers) = (db.clone(), config.clone(), Providers::new(config)?);
        Ok(Self(Arc::new(Shared { db, config, providers, storage: Arc::new(storage) })))
    }

    /// The same with tokens that are kept elsewhere, as in the session of a request.
    pub fn kept_in(&self, storage: Arc<dyn TokenStorage>) -> Self {
        let Shared { db, config, providers, .. } = &*self.0;
        Self(Arc::new(Shared { db: db.clone(), config: config.clone(), providers: providers.clone(), storage }))
    }

    pub fn providers(&self) -> &Providers {
        &self.0.providers
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn config(&self) -> &Config {
        &self.0.config
    }

    pub fn storage(&self) -> &dyn TokenStorage {
        &*self.0.storage
    }

    /// To call a provider for a person. None where that provider is not set up here any more.
    pub fn of(&self, identity: &Identity) -> Option<Api> {
        Some(Api::new(self.clone(), self.0.providers.of(identity)?.clone(), identity.into()))
    }

    /// To call a provider for the app itself, by tokens that were set for [`Owner::Site`]. None where it is not set up.
    pub fn of_site(&self, provider: &str) -> Option<Api> {
        let provider = self.0.providers.get(provider)?.clone();
        let owner = Owner::Site { provider: provider.name.clone(), issuer: provider.issuer.clone() };
        Some(Api::new(self.clone(), provider, owner))
    }

    /// What a person granted at a provider, of each of their connections there.
    pub async fn granted(&self, user_id: i64, provider: &str) -> Result<Vec<TokenSet>, StorageError> {
        let mut granted = Vec::new();
        for identity in identities::list(self.db(), user_id).await? {
            if identity.provider == provider && self.0.providers.of(&identity).is_some() {
                granted.extend(self.readable(&Owner::from(&identity)).await?);
            }
        }
        Ok(granted)
    }

    /// What cannot be opened is as good as nothing, and is replaced at the next dance.
    async fn readable(&self, owner: &Owner) -> Result<Option<TokenSet>, StorageError> {
        match self.storage().get_anew(owner).await {
            Err(error @ StorageError::Unreadable(_)) => {
                tracing::warn!(%error, "a connection counts as one without tokens");
                Ok(None)
            }
            read => read,
        }
    }

    /// In place of what was granted before. Whoever came is let in even where their tokens cannot be kept: the page of connections
    /// asks for them again.
    pub async fn keep(&self, claim: &Claim, tokens: &TokenSet) {
        told(self.try_to_keep(claim, tokens, true).await);
    }

    /// The same where the provider was asked for no more than the settings say: what allows more stays.
    pub(super) async fn keep_unless_less(&self, claim: &Claim, tokens: &TokenSet) {
        told(self.try_to_keep(claim, tokens, false).await);
    }

    async fn try_to_keep(&self, claim: &Claim, tokens: &TokenSet, even_less: bool) -> Result<(), StorageError> {
        let Some(identity) = identities::find(self.db(), claim).await? else { return Ok(()) };
        let owner = Owner::from(&identity);
        let lease = Lease::take_over(self.db(), &owner).await?;
        let kept = self.settle(&owner, tokens, even_less).await;
        lease.give_back().await;
        kept?;
        Ok(identities::regain(self.db(), identity.id).await?)
    }

    async fn settle(&self, owner: &Owner, tokens: &TokenSet, even_less: bool) -> Result<(), StorageError> {
        match self.readable(owner).await? {
            Some(old) if !even_less && old.is_wider_than(tokens) => Ok(()),
            Some(old) => self.set(owner, &tokens.clone().succeeding(&old)).await,
            None => self.set(owner, tokens).await,
        }
    }

    /// What was granted to a connection that was removed meanwhile has to end as well.
    pub(super) async fn set(&self, owner: &Owner, tokens: &TokenSet) -> Result<(), StorageError> {
        let set = self.storage().set(owner, tokens).await;
        if matches!(set, Err(StorageError::NoOwner)) {
            let tokens = Some(tokens.to_json().expose_secret().to_owned());
            let tx = writing(self.db()).await?;
            identities::revoke_later(&tx, self.config(), None, &Revocation { owner: owner.clone(), tokens }).await?;
            tx.commit().await?;
        }
        set
    }

    /// At the provider, and wherever the tokens are kept. Where that is not set up here any more, nobody can be asked.
    pub async fn revoke(&self, revocation: &Revocation) -> Result<(), RevocationError> {
        let owner = &revocation.owner;
        let tokens = match &revocation.tokens {
            Some(json) => TokenSet::from_json(json),
            None => self.readable(owner).await?,
        };
        let (name, issuer) = owner.provider();
        let provider = self.0.providers.get(name).filter(|provider| provider.issuer == issuer);
        if let (Some(tokens), Some(provider)) = (tokens, provider) {
            let revoked = provider.revoke(&tokens).await?;
            tracing::info!(provider = name, revoked, "what was granted was taken back, as far as the provider offers that");
        }
        Ok(self.storage().delete(owner).await?)
    }
}

fn told(kept: Result<(), StorageError>) {
    if let Err(error) = kept {
        tracing::warn!(error = crate::causes::told(&error.into()), "what a provider granted could not be kept");
    }
}

/// Why a grant was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    #[error(transparent)]
    Provider(#[from] Failure),
    #[error(transparent)]
    Storage(#[from] StorageError),
}
