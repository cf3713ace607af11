//! What discovery says, kept for an hour.
use crate::oauth::{Failure, Http};
use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// Keys included.
pub type Found = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct More {
    /// RFC 9207.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// RFC 7009, named by RFC 8414.
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for More {}

const KEPT_FOR: Duration = Duration::from_secs(60 * 60);
/// Else what is known already is used, and the rest of somebody's ten seconds is left for that.
const REFRESHED_WITHIN: Duration = Duration::from_secs(3);
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// A key that nobody knows may be a new one, but anybody can make one up.
const KEYS_ANEW_EVERY: Duration = Duration::from_secs(60);

pub struct Metadata {
    issuer: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    found: Option<(Instant, Arc<Found>)>,
    asked_for_keys_at: Option<Instant>,
}

impl Metadata {
    pub fn of(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), kept: Mutex::default() }
    }

    pub fn issuer(&self) -> IssuerUrl {
        IssuerUrl::new(self.issuer.clone()).expect("an issuer was parsed when it was read")
    }

    /// Of many at once one asks. What was found longer ago is better than nothing.
    pub async fn get(&self, http: &Http) -> Result<Arc<Found>, Failure> {
        let mut kept = self.kept.lock().await;
        let old = match &kept.found {
            Some((at, found)) if at.elapsed() < KEPT_FOR => return Ok(found.clone()),
            old => old.as_ref().map(|(_, found)| found.clone()),
        };
        let Some(old) = old else { return Ok(kept.keep(self.discover(http).await?)) };
        match timeout(REFRESHED_WITHIN, self.discover(http)).await {
            Ok(Ok(found)) => Ok(kept.keep(found)),
            failed => {
                let failure =
                    failed.map_or("no answer".to_owned(), |failed| failed.map_or_else(|failure| failure.to_string(), |_| String::new()));
                tracing::warn!(issuer = self.issuer, failure, "discovery fails; what it said before is used");
                kept.found = Some((Instant::now() - KEPT_FOR + TRIED_AGAIN_AFTER, old.clone()));
                Ok(old)
            }
        }
    }

    /// None where that was done a moment ago.
    pub async fn with_new_keys(&self, http: &Http) -> Result<Option<Arc<Found>>, Failure> {
        let mut kept = self.kept.lock().await;
        if kept.asked_for_keys_at.is_some_and(|at| at.elapsed() < KEYS_ANEW_EVERY) {
            return Ok(None);
        }
        kept.asked_for_keys_at = Some(Instant::now());
        let found = self.discover(http).await?;
        Ok(Some(kept.keep(found)))
    }

    async fn discover(&self, http: &Http) -> Result<Found, Failure> {
        Found::discover_async(self.issuer(), http).await.map_err(failure)
    }
}

impl Kept {
    fn keep(&mut self, found: Found) -> Arc<Found> {
        let found = Arc::new(found);
        self.found = Some((Instant::now(), found.clone()));
        found
    }
}

/// A mismatch of issuers names both.
fn failure(error: DiscoveryError<Failure>) -> Failure {
    match error {
        DiscoveryError::Request(failure) => failure,
        // In words that say which of the two to type.
        DiscoveryError::Validation(why) => {
            let why = why.replace("unexpected issuer URI", "its issuer is").replace("expected", "the setting says");
            Failure::odd(format!("under another name: {why}"))
        }
        DiscoveryError::Other(why) | DiscoveryError::Response(_, _, why) => Failure::odd(format!("discovery with: {why}")),
        DiscoveryError::Parse(error) => Failure::odd(format!("discovery without a fitting {}", error.path())),
        _ => Failure::odd("discovery that makes no sense"),
    }
}
