use crate::seal::random_id;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;

/// By which a browser is known that began a dance: the value of a cookie of its own, since signing in replaces the session while
/// other tabs are still out. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser(String);

impl Browser {
    /// 128 random bits.
    pub fn generate() -> Self {
        Self(random_id())
    }

    /// Of a cookie; None where no cookie of ours looks so.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 16).map(|_| Self(text.to_owned()))
    }

    /// For the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0))
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
