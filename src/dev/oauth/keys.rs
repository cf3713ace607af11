//! The key that signs who came: made when the process starts, as a provider does that rotates its keys.
use crate::seal::random_id;
use base64::{Engine, prelude::BASE64_STANDARD};
use openidconnect::{
    AccessToken, JsonWebKeyId, PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use std::sync::LazyLock;

static KEY: LazyLock<CoreEdDsaPrivateSigningKey> = LazyLock::new(|| {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the system has randomness");
    // PKCS #8 of Ed25519 (RFC 8410, 7): these bytes, then the seed.
    const BEFORE: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode([&BEFORE[..], &seed].concat()));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(random_id()))).expect("a seed makes a key")
});

pub fn public() -> CoreJsonWebKey {
    KEY.as_verification_key()
}

pub fn sign(claims: CoreIdTokenClaims, access_token: &AccessToken) -> CoreIdToken {
    CoreIdToken::new(claims, &*KEY, CoreJwsSigningAlgorithm::EdDsa, Some(access_token), None).expect("the key signs")
}
