//! New tokens in time, fetched once however many ask.
use super::{
    Api, ApiError, Failure, Profile, exchange,
    http::within_limit,
    lease::{Lease, PAUSE},
    tokens::{Owner, StorageError, TokenSet},
};
use crate::{
    accounts::{self, identities},
    db::Timestamp,
};
use oauth2::AccessToken;
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What was obtained so lately has not ended by itself.
const YOUNG: Duration = Duration::from_secs(60);
/// For another instance that fetches them.
const PATIENCE: Duration = Duration::from_secs(12);

impl Api {
    /// What may be shown to the provider at this moment; `rejected` is what it has just refused.
    pub(super) async fn valid_tokens(&self, rejected: Option<&TokenSet>) -> Result<TokenSet, ApiError> {
        let kept = match self.tokens().await {
            Err(error @ StorageError::Unreadable(_)) => {
                tracing::warn!(%error, "a connection has to be made anew");
                None
            }
            kept => kept?,
        };
        let kept = kept.ok_or_else(|| self.reconnect())?;
        if !wants_new(&kept, rejected) {
            return Ok(kept);
        }
        if rejected.is_none() && kept.refresh_token.is_none() {
            return Err(self.reconnect());
        }
        // Whoever hangs up, or waits no longer, must not lose what the provider hands out once: a task of its own saves it.
        let (api, rejected) = (self.clone(), rejected.cloned());
        let refreshed = self.grants.apart(async move { api.refresh(rejected.as_ref()).await });
        refreshed.await.unwrap_or_else(|_| Err(self.failed(Failure::Away("the task that fetches new tokens died".to_owned()))))
    }

    async fn refresh(&self, rejected: Option<&TokenSet>) -> Result<TokenSet, ApiError> {
        let _alone = self.grants.alone(&self.owner).await;
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
        if old.refresh_token.is_none() && rejected.is_none() {
            return Err(self.reconnect());
        }
        // An API may refuse what is another one's: whoever issued it has the last word, before it is lost or fetched over and over.
        if rejected.is_some() && (old.refresh_token.is_none() || Timestamp::now().since(old.obtained_at) < YOUNG) {
            match self.issuer_knows(&old).await {
                Ok(Some(_)) => return Err(self.failed(Failure::odd("401 to a token that its provider takes"))),
                Ok(None) | Err(Failure::Refused) => {}
                Err(failure) => return Err(self.failed(failure)),
            }
        }
        match self.exchange(lease, &old).await {
            Ok(new) => self.save(lease, &old, new).await,
            Err(Failure::Refused) => self.lose(lease, &old).await,
            // The old ones hold for a moment yet.
            Err(_) if rejected.is_none() && !old.is_expired() => Ok(old),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Not given up once it is sent: the old refresh token is used up by then.
    async fn exchange(&self, lease: &Lease, old: &TokenSet) -> Result<TokenSet, Failure> {
        let _permit = self.provider.http.beside_sign_ins().await?;
        if lease.is_over() {
            return Err(Failure::Away("too many calls are under way".to_owned()));
        }
        exchange::refresh(self.grants.config(), &self.provider, old, self.subject()).await
    }

    /// Whom the provider that issued them takes these tokens for. None where it cannot be asked.
    pub(super) async fn issuer_knows(&self, tokens: &TokenSet) -> Result<Option<Profile>, Failure> {
        let token = AccessToken::new(tokens.access_token.expose_secret().to_owned());
        self.beside_sign_ins(within_limit(self.provider.strategy.profile(&self.provider.http, &token))).await
    }

    /// Nobody else has what the provider handed out, so that a database which is away for a moment must not lose it.
    async fn save(&self, lease: &Lease, old: &TokenSet, new: TokenSet) -> Result<TokenSet, ApiError> {
        loop {
            match self.try_to_save(lease, old, &new).await {
                Err(ApiError::Storage(StorageError::NoOwner)) => return Err(self.reconnect()),
                Err(ApiError::Storage(_)) if !lease.is_over() => sleep(Duration::from_secs(1)).await,
                saved => return saved,
            }
        }
    }

    async fn try_to_save(&self, lease: &Lease, old: &TokenSet, new: &TokenSet) -> Result<TokenSet, ApiError> {
        let is_held = lease.is_held().await.map_err(StorageError::from)?;
        let tokens = if is_held { new.clone() } else { self.merged(old, new).await? };
        self.grants.set(&self.owner, &tokens).await?;
        Ok(tokens)
    }

    /// Somebody brought others meanwhile. Where these rely on the refresh token that is used up now, they get the new one.
    async fn merged(&self, old: &TokenSet, new: &TokenSet) -> Result<TokenSet, ApiError> {
        let kept = self.kept_now().await?;
        Ok(match () {
            () if kept.is_same_as(old) => new.clone(),
            () if kept.is_renewed_as(old) => TokenSet { refresh_token: new.refresh_token.clone(), ..kept },
            () => kept,
        })
    }

    async fn kept_now(&self) -> Result<TokenSet, ApiError> {
        self.grants.storage().get_uncached(&self.owner).await?.ok_or_else(|| self.reconnect())
    }

    /// Nobody asks again with what was refused, unless somebody brought others meanwhile. The person is told first: whoever dies in
    /// between does it again.
    async fn lose(&self, lease: &Lease, refused: &TokenSet) -> Result<TokenSet, ApiError> {
        let kept = self.kept_now().await?;
        if !kept.is_same_as(refused) || !lease.is_held().await.map_err(StorageError::from)? {
            return Ok(kept);
        }
        tracing::info!(provider = self.provider.name, owner = self.owner.key(), "a provider no longer accepts what it granted");
        if let Owner::Connection { identity_id, .. } = self.owner {
            let lost = identities::lose(self.grants.db(), self.grants.config(), identity_id, self.label()).await;
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
        None => tokens.is_expired() || (tokens.needs_refresh() && tokens.refresh_token.is_some()),
    }
}
