//! Whether a token that says who came is the provider's, for this app, and of this very dance.
use super::metadata::{Found, Metadata};
use crate::{
    db::Timestamp,
    oauth::{Failure, Http, providers::Granted},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use openidconnect::{
    ClaimsVerificationError, ClientId, IdTokenVerifier, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreJsonWebKey, CoreJwsSigningAlgorithm as Algorithm},
};
use serde_json::Value;
use std::{str::FromStr, sync::Arc};

/// Signed with keys that only the provider has. Where it names HS256 as well, whoever knows the secret could sign.
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RsaSsaPkcs1V15Sha256, Algorithm::EcdsaP256Sha256, Algorithm::RsaSsaPssSha256, Algorithm::EdDsa];

/// All that it claims.
pub async fn verify(metadata: &Metadata, http: &Http, granted: &Granted<'_>) -> Result<Value, Failure> {
    let text = granted.id_token.ok_or_else(|| Failure::odd("no id_token: its scopes have to hold openid"))?;
    let token = CoreIdToken::from_str(text).map_err(|_| Failure::odd("an id_token that cannot be read"))?;
    let found = metadata.get(http).await?;
    match check(&token, &found, metadata, granted) {
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            let found: Option<Arc<Found>> = metadata.with_new_keys(http).await?;
            let found = found.ok_or_else(|| Failure::odd("an id_token by a key that it does not publish"))?;
            check(&token, &found, metadata, granted).map_err(|error| failure(&error))?;
        }
        checked => checked.map_err(|error| failure(&error))?,
    }
    payload(text).ok_or_else(|| Failure::odd("an id_token that cannot be read"))
}

fn check(token: &CoreIdToken, found: &Found, metadata: &Metadata, granted: &Granted<'_>) -> Result<(), ClaimsVerificationError> {
    let now = Utc::now();
    let (earlier, later) = (now - Timestamp::SKEW, now + Timestamp::SKEW);
    let client = ClientId::new(granted.client_id.to_owned());
    let allowed = ALGORITHMS.into_iter().filter(|algorithm| found.id_token_signing_alg_values_supported().contains(algorithm));
    // As of a public client, so that no token signed with the secret is good.
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(client.clone(), metadata.issuer(), found.jwks().clone())
        .set_allowed_algs(allowed)
        .set_time_fn(move || earlier)
        .set_issue_time_verifier_fn(move |issued| if issued <= later { Ok(()) } else { Err("it is of the future".to_owned()) })
        .set_auth_time_verifier_fn(move |signed_in| signed_in_since(signed_in, granted.since));
    let claims = token.claims(&verifier, &Nonce::new(granted.nonce.to_owned()))?;
    match claims.authorized_party() {
        Some(party) if *party != client => Err(ClaimsVerificationError::InvalidAudience("it was made for another app (azp)".to_owned())),
        _ => Ok(()),
    }
}

/// The caller turns any refusal into [`Failure::NoProof`].
fn signed_in_since(signed_in: Option<DateTime<Utc>>, since: Option<Timestamp>) -> Result<(), String> {
    let Some(since) = since else { return Ok(()) };
    let (earliest, latest) = (since.before(Timestamp::SKEW), Timestamp::now().after(Timestamp::SKEW));
    if signed_in.is_some_and(|at| (earliest.0..=latest.0).contains(&at.timestamp_millis())) {
        Ok(())
    } else {
        Err("they signed in earlier".to_owned())
    }
}

/// What was signed, once that has been checked: the claims as they stand there.
pub(super) fn payload(token: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}

fn failure(error: &ClaimsVerificationError) -> Failure {
    match error {
        ClaimsVerificationError::InvalidAuthTime(_) => Failure::NoProof,
        // These quote what was expected and found of issuer, audience, algorithm and time, none of which is secret.
        error => Failure::odd(format!("an id_token that is not good: {}", crate::causes::told(&anyhow::anyhow!(error.to_string())))),
    }
}
