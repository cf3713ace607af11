//! argon2id behind a bounded queue: at most one hash per core at once, each in a buffer that is used again.
mod hashing;
mod queue;

pub use hashing::{is_current, warm_up};
pub use queue::Overloaded;

use super::fold;
use crate::entity::user::PasswordHash;
use queue::QUEUE;
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

    /// Refuses what is easy to guess, also from `personal`: the person's own address and names, and the site's.
    pub async fn hash(&self, personal: &[&str]) -> Result<PasswordHash, PasswordError> {
        let password = self.clone();
        let personal: Vec<String> = personal.iter().map(|text| (*text).to_owned()).collect();
        QUEUE
            .run(move |memory| {
                password.refuse_guessable(&personal)?;
                Ok(hashing::hash(&password, memory))
            })
            .await?
    }

    /// Takes the same time whether there is a hash, a weak one, junk or none.
    pub async fn verify(&self, hash: Option<&PasswordHash>) -> Result<bool, Overloaded> {
        let (password, hash) = (self.clone(), hash.cloned());
        QUEUE.run(move |memory| hashing::verify(&password, hash.as_ref(), memory)).await
    }

    /// The same password under today's parameters.
    pub async fn rehash(&self) -> Result<PasswordHash, Overloaded> {
        let password = self.clone();
        QUEUE.run(move |memory| hashing::hash(&password, memory)).await
    }

    /// Scores the first 40 code points, as crafted text of 100 costs half a second, once as they are and once without
    /// what parts them. Of the whole, something must be left beside the person's own words.
    fn refuse_guessable(&self, personal: &[String]) -> Result<(), PasswordError> {
        let bare = bare(self.expose());
        let words: Vec<String> = personal.iter().flat_map(|text| text.split(['@', '.']).chain([text.as_str()])).map(self::bare).collect();
        let mut words: Vec<&str> = words.iter().map(String::as_str).filter(|word| word.chars().count() >= 4).collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let left = words.iter().fold(bare.clone(), |left, word| left.replace(word, ""));
        if left != bare && left.chars().count() < MIN_LENGTH / 2 {
            return Err(PasswordError::Guessable("It is made of your own name or address.".to_owned()));
        }
        let joined = self.expose().replace([' ', '-', '_', '.', ':', ',', '/'], "");
        for form in [self.expose(), &joined] {
            let head: String = form.chars().take(40).collect();
            let entropy = zxcvbn(&head, &words);
            if entropy.score() < Score::Three {
                let reason = entropy.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
                return Err(PasswordError::Guessable(reason.unwrap_or_default()));
            }
        }
        Ok(())
    }

    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Letters and digits alone, folded.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Holds zxcvbn's reason, or nothing.
    #[error("the password is easy to guess")]
    Guessable(String),
    #[error("hashing a password")]
    Overloaded(#[from] Overloaded),
}
