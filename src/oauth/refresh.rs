//! New tokens in time, fetched once however many ask.
use super::{
    Api, ApiError, Failure, exchange,
    http::within_limit,
    lease::{Lease, PAUSE},
    tokens::{Owner, StorageError, TokenSet},
};
use crate::accounts::{self, identities};
use oauth2::AccessToken;
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// However long it takes whoever fetches them.
const PATIENCE: Duration = Duration::from_secs(12);

impl Api {
    /// What may be shown to the provider at this moment; `rejected` is what it has just refused.
    pub(super) async fn usable(&self, rejected: Option<&TokenSet>) -> Result<TokenSet, ApiError> {
        let kept = self.tokens().await?.ok_or_else(|| self.reconnect())?;
        if !wants_new(&kept, rejected) {
            return Ok(kept);
        }
        if rejected.is_none() && kept.refresh_token.is_none() {
            return Err(self.reconnect());
        }
        // Whoever hangs up, or waits no longer, must not lose what the provider hands out once: a task of its own saves it.
        let (api, rejected) = (self.clone(), rejected.cloned());
        let refreshed = tokio::spawn(async move { api.refresh(rejected.as_ref()).await });
        match timeout(PATIENCE, refreshed).await {
            Ok(Ok(refreshed)) => refreshed,
            _ => Err(self.failed(Failure::Away("new tokens do not come".to_owned()))),
        }
    }

    async fn refresh(&self, rejected: Option<&TokenSet>) -> Result<TokenSet, ApiError> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(lease) = Lease::take(self.grants.db(), &self.owner).await.map_err(StorageError::from)? {
                let refreshed = self.refresh_alone(&lease, rejected).await;
                lease.give_back().await;
                return refreshed;
            }
            if Instant::now() > until {
                return Err(self.failed(Failure::Away("somebody else fetches new tokens".to_owned())));
            }
            sleep(PAUSE).await;
            let kept = self.kept_now().await?;
            if !wants_new(&kept, rejected) {
                return Ok(kept);
            }
        }
    }

    async fn refresh_alone(&self, lease: &Lease, rejected: Option<&TokenSet>) -> Result<TokenSet, ApiError> {
        let old = self.kept_now().await?;
        if !wants_new(&old, rejected) {
            return Ok(old);
        }
        if old.refresh_token.is_none() {
            return self.without_refresh_token(&old, rejected.is_some()).await;
        }
        match within_limit(exchange::refresh(self.grants.config(), &self.provider, &old, self.subject())).await {
            Ok(new) => self.save(lease, new).await,
            Err(Failure::Refused) if self.holds(lease).await? => self.lose().await,
            Err(Failure::Refused) => self.kept_now().await,
            // The old ones hold for a moment yet.
            Err(_) if rejected.is_none() && !old.is_over() => Ok(old),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Nobody else has what the provider handed out, so that a database which is away for a moment must not lose it.
    async fn save(&self, lease: &Lease, new: TokenSet) -> Result<TokenSet, ApiError> {
        let mut tries = 1;
        loop {
            let saved = async {
                if !self.holds(lease).await? {
                    return self.kept_now().await;
                }
                self.grants.set(&self.owner, &new).await?;
                Ok(new.clone())
            };
            match saved.await {
                Err(ApiError::Storage(StorageError::NoOwner)) => return Err(self.reconnect()),
                Err(ApiError::Storage(_)) if tries < 10 => sleep(Duration::from_secs(1)).await,
                saved => return saved,
            }
            tries += 1;
        }
    }

    async fn kept_now(&self) -> Result<TokenSet, ApiError> {
        self.grants.storage().get_anew(&self.owner).await?.ok_or_else(|| self.reconnect())
    }

    /// False where somebody brought newer tokens meanwhile.
    async fn holds(&self, lease: &Lease) -> Result<bool, ApiError> {
        Ok(lease.is_held().await.map_err(StorageError::from)?)
    }

    /// What ended by itself is no news. An API that refuses a token may be another one's: who issued it has the last word.
    async fn without_refresh_token(&self, old: &TokenSet, is_rejected: bool) -> Result<TokenSet, ApiError> {
        if !is_rejected {
            return Err(self.reconnect());
        }
        let token = AccessToken::new(old.access_token.expose_secret().to_owned());
        match within_limit(self.provider.strategy.profile(&self.provider.http, &token)).await {
            Err(Failure::Refused) => self.lose().await,
            Err(failure) => Err(self.failed(failure)),
            Ok(_) => Err(self.failed(Failure::Refused)),
        }
    }

    /// Nobody asks again with what was refused. The person is told first: whoever dies in between does it again.
    async fn lose(&self) -> Result<TokenSet, ApiError> {
        tracing::info!(provider = self.provider.name, owner = self.owner.key(), "a provider no longer accepts what it granted");
        if let Owner::Connection { identity_id, .. } = self.owner {
            let lost = identities::lose(self.grants.db(), self.grants.config(), identity_id, &self.provider.label).await;
            lost.map_err(|error| match error {
                accounts::Error::Database(error) => StorageError::Database(error),
                error => StorageError::Other(error.into()),
            })?;
        }
        self.grants.storage().delete(&self.owner).await?;
        Err(self.reconnect())
    }
}

fn wants_new(tokens: &TokenSet, rejected: Option<&TokenSet>) -> bool {
    match rejected {
        Some(rejected) => tokens.is_same_as(rejected),
        None => tokens.is_over() || (tokens.is_due() && tokens.refresh_token.is_some()),
    }
}
