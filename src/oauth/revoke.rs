//! What was granted ends, there and here.
use super::{
    Failure, Grants,
    grants::readable,
    tokens::{Owner, StorageError, TokenSet},
};
use crate::accounts::identities::{self, Revocation};

impl Grants {
    /// At the provider, and wherever the tokens are kept. Where that account was connected anew meanwhile, what was granted is wanted
    /// again, and many providers would end all of it. Where the provider is not set up here any more, nobody can be asked.
    pub async fn revoke(&self, revocation: &Revocation) -> Result<(), RevocationError> {
        let owner = &revocation.owner;
        let tokens = match &revocation.tokens {
            Some(json) => TokenSet::from_json(json),
            None => readable(self.storage().get_uncached(owner).await)?,
        };
        let (name, issuer) = owner.provider();
        let provider = self.providers().get(name).filter(|provider| provider.issuer == issuer);
        if let (Some(tokens), Some(provider), false) = (tokens, provider, self.is_connected_anew(owner).await?) {
            let revoked = provider.revoke(&tokens).await?;
            tracing::info!(provider = name, revoked, "what was granted was taken back, as far as the provider offers that");
        }
        Ok(self.storage().delete(owner).await?)
    }

    async fn is_connected_anew(&self, owner: &Owner) -> Result<bool, StorageError> {
        let Owner::Connection { provider, issuer, subject, .. } = owner else { return Ok(false) };
        Ok(identities::find_subject(self.db(), provider, issuer, subject).await?.is_some())
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
