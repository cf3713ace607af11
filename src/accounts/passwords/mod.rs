//! argon2id behind a bounded queue: at most one hash per core at once, each in a buffer that is used again.
mod hashing;
mod queue;

pub use hashing::{is_current, warm_up};
pub use queue::Overloaded;

use crate::entity::user::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

pub const MIN_LENGTH: usize = 12;
pub const MAX_LENGTH: usize = 256;

/// A password in NFKC, so that the same keys on another keyboard make the same password.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// One to be set: 12 to 256 code points. How guessable it is takes longer to say: see [`Password::hash`].
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let password = Self::attempt(text).ok_or("must have at most 256 characters")?;
        if password.expose().chars().count() < MIN_LENGTH {
            return Err("must have at least 12 characters");
        }
        Ok(password)
    }

    /// One that was typed to sign in; None above 256 code points, which nobody has.
    pub fn attempt(text: &str) -> Option<Self> {
        let normal: String = text.nfkc().collect();
        (normal.chars().count() <= MAX_LENGTH).then(|| Self(normal.into()))
    }

    /// Refuses what is easy to guess, also from `personal`: the person's own address and names.
    pub async fn hash(&self, personal: &[&str]) -> Result<PasswordHash, PasswordError> {
        let password = self.clone();
        let personal: Vec<String> = personal.iter().map(|text| (*text).to_owned()).chain([crate::config::PACKAGE.to_owned()]).collect();
        queue::run(move |memory| {
            password.refuse_guessable(&personal)?;
            Ok(hashing::hash(&password, memory))
        })
        .await?
    }

    /// Takes the same time whether there is a hash, a weak one, junk or none.
    pub async fn verify(&self, hash: Option<&PasswordHash>) -> Result<bool, Overloaded> {
        let (password, hash) = (self.clone(), hash.cloned());
        queue::run(move |memory| hashing::verify(&password, hash.as_ref(), memory)).await
    }

    /// The same password under today's parameters.
    pub async fn rehash(&self) -> Result<PasswordHash, Overloaded> {
        let password = self.clone();
        queue::run(move |memory| hashing::hash(&password, memory)).await
    }

    /// Scores the first 40 code points: crafted text of 100 costs half a second.
    fn refuse_guessable(&self, personal: &[String]) -> Result<(), PasswordError> {
        let head: String = self.expose().chars().take(40).collect();
        let personal: Vec<&str> = personal.iter().flat_map(|text| text.split('@').chain([text.as_str()])).collect();
        let entropy = zxcvbn(&head, &personal);
        if entropy.score() >= Score::Three {
            return Ok(());
        }
        let reason = entropy.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
        Err(PasswordError::Guessable(reason.unwrap_or_default()))
    }

    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Holds zxcvbn's reason, or nothing.
    #[error("the password is easy to guess")]
    Guessable(String),
    #[error("hashing a password")]
    Overloaded(#[from] Overloaded),
}
