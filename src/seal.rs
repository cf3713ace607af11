//! Random ids, and authenticated encryption under `SECRET_KEY`, bound to what it belongs to. The first key seals, all open.
use crate::config::SecretKeys;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::fmt;

/// 128 random bits in base64url: 22 letters.
pub fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// By which a browser is known: the value of a cookie, 128 random bits. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserId(String);

impl BrowserId {
    pub fn generate() -> Self {
        Self(random_id())
    }

    /// Of a cookie; None where no cookie of ours looks so.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 16).map(|_| Self(text.to_owned()))
    }

    /// For the cookie, and for a hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BrowserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// Seals small values: cookies, and what the database must not show.
#[derive(Clone)]
pub struct Sealer {
    keys: Vec<([u8; KEY_ID], XChaCha20Poly1305)>,
}

impl Sealer {
    pub fn new(keys: &SecretKeys) -> Self {
        let derive = |secret: &[u8]| {
            let mut key = [0; 32];
            Hkdf::<Sha256>::new(None, secret).expand(b"seal", &mut key).expect("32 bytes fit");
            let id = Sha256::digest(key);
            (id[..KEY_ID].try_into().expect("a digest is longer"), XChaCha20Poly1305::new(&Key::from(key)))
        };
        Self { keys: keys.0.iter().map(|secret| derive(secret.expose_secret())).collect() }
    }

    /// Key id, nonce and ciphertext in base64url. `belongs_to` names purpose and place: it opens nowhere else.
    pub fn seal(&self, belongs_to: &str, plain: &[u8]) -> String {
        let (id, cipher) = &self.keys[0];
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the system has randomness");
        let payload = Payload { msg: plain, aad: belongs_to.as_bytes() };
        let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).expect("memory suffices");
        BASE64_URL_SAFE_NO_PAD.encode([&id[..], &nonce, &ciphertext].concat())
    }

    /// None where it was changed, belongs elsewhere, or its key is gone.
    pub fn open(&self, belongs_to: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (id, rest) = bytes.split_at_checked(KEY_ID)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
        let (_, cipher) = self.keys.iter().find(|(key, _)| key == id)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: belongs_to.as_bytes() }).ok()
    }

    /// Whether the first key sealed it, so that no other is needed to open it.
    fn is_by_first_key(&self, sealed: &str) -> bool {
        BASE64_URL_SAFE_NO_PAD.decode(sealed).is_ok_and(|bytes| bytes.starts_with(&self.keys[0].0))
    }
}

/// How many rows were sealed anew, under the first key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    pub anew: u64,
    /// By a key that is not here any more, or tampered with. Left as they are.
    pub unreadable: u64,
}

impl Resealed {
    /// What to write in place of `sealed`. None where nothing is to be done.
    pub fn replace(&mut self, sealer: &Sealer, belongs_to: &str, sealed: &str) -> Option<String> {
        let Some(plain) = sealer.open(belongs_to, sealed) else {
            self.unreadable += 1;
            return None;
        };
        if sealer.is_by_first_key(sealed) {
            return None;
        }
        self.anew += 1;
        Some(sealer.seal(belongs_to, &plain))
    }
}
