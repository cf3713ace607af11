//! Tokens that say who came, right and wrong.
use super::{CLIENT, Issuer, SECRET};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

impl Issuer {
    pub(super) fn id_token(&self, asked: &HashMap<String, String>) -> String {
        let shared = self.shared();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({ "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked.get("nonce"), "sub": shared.claims["sub"] });
        if asked.contains_key("max_age") {
            claims["auth_time"] = now.into();
        }
        let more = if self.manners.userinfo { &json!({}) } else { &shared.claims };
        for (name, value) in more.as_object().unwrap().iter().chain(shared.forged.as_object().unwrap()) {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut header = json!({ "alg": self.manners.algorithm, "kid": shared.kid });
        for (name, value) in shared.header.as_object().unwrap() {
            header[name] = value.clone();
        }
        let signed = sign(&header, &claims, self.manners.algorithm);
        if shared.tampered.is_null() { signed } else { tamper(&signed, &claims, &shared.tampered) }
    }
}

pub(super) fn key(kid: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(include_str!("../rsa_of_tests.pem"), Some(JsonWebKeyId::new(kid.to_owned()))).unwrap()
}

/// With its key, whatever the header says, but for `none`.
fn sign(header: &Value, claims: &Value, algorithm: &str) -> String {
    let input = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let algorithm = match algorithm {
        "PS256" => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        _ => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    };
    let signature = match header["alg"].as_str().unwrap() {
        "none" => Vec::new(),
        // The mistake of old: the public key, or the secret, taken for the key of a MAC.
        "HS256" => hmac_sha256(SECRET.as_bytes(), input.as_bytes()),
        _ => key("").sign(&algorithm, input.as_bytes()).unwrap(),
    };
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

/// Its signature is of what it said before.
fn tamper(token: &str, claims: &Value, change: &Value) -> String {
    let mut claims = claims.clone();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{}.{}", parts[0], BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
}
