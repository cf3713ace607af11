//! argon2id behind a bounded queue: at most one hash per core at once, each on a thread and in a buffer that are used again.
mod hashing;
mod machine;
mod queue;

pub use hashing::{is_current, warm_up};

use super::{Error, Result, fold};
use crate::entity::user::PasswordHash;
use queue::QUEUE;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

pub const MIN_LENGTH: usize = 12;
pub const MAX_LENGTH: usize = 256;

/// How many wait for a hash to begin.
pub fn waiting() -> usize {
    QUEUE.waiting()
}

/// A password in NFKC, so that the same keys on another keyboard make the same password.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// One to be set: 12 to 256 code points. How guessable it is takes longer to say: see [`Password::hash_if_strong`].
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
    pub async fn hash_if_strong(&self, personal: &[&str]) -> Result<PasswordHash> {
        let password = self.clone();
        let personal = words_of(personal);
        QUEUE
            .run(move |memory| {
                password.refuse_guessable(&personal)?;
                Ok(hashing::hash(&password, memory))
            })
            .await?
    }

    /// Takes the same time whether there is a hash, a weak one, junk or none.
    pub async fn verify(&self, hash: Option<&PasswordHash>) -> Result<bool> {
        let (password, hash) = (self.clone(), hash.cloned());
        QUEUE.run(move |memory| hashing::verify(&password, hash.as_ref(), memory)).await
    }

    /// Under today's parameters, however easy to guess: it is somebody's already.
    pub async fn hash(&self) -> Result<PasswordHash> {
        let password = self.clone();
        QUEUE.run(move |memory| hashing::hash(&password, memory)).await
    }

    /// Scores the first 40 code points, as crafted text of 100 costs half a second: as they are, without what parts them,
    /// and what is left beside the person's own words.
    fn refuse_guessable(&self, personal: &[String]) -> Result<()> {
        let words: Vec<&str> = personal.iter().map(String::as_str).collect();
        let bare = bare(self.expose());
        let left = words.iter().fold(bare.clone(), |left, word| left.replace(word, ""));
        if left != bare && guessable(&left, &[]).is_some() {
            return Err(Error::Guessable(Some("Most of it is your own name or address, or the name of this site.".to_owned())));
        }
        let joined = self.expose().replace([' ', '-', '_', '.', ':', ',', '/'], "");
        let forms = [self.expose(), &joined];
        match forms.iter().take(if joined == forms[0] { 1 } else { 2 }).find_map(|form| guessable(form, &words)) {
            Some(reason) => Err(Error::Guessable(reason)),
            None => Ok(()),
        }
    }

    /// The same text to whoever types it.
    pub fn equals(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }

    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Letters and digits alone, folded.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Some where zxcvbn finds it weak, with its reason where it has one.
fn guessable(text: &str, words: &[&str]) -> Option<Option<String>> {
    let head: String = text.chars().take(40).collect();
    let entropy = zxcvbn(&head, words);
    let reason = || entropy.feedback().and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    (entropy.score() < Score::Three).then(reason)
}

/// Addresses and names: whole, what stands before the `@`, and each word. The longest first; what is short stands in many a
/// good password.
fn words_of(personal: &[&str]) -> Vec<String> {
    let parts = personal.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain(text.split('@')).chain([*text]));
    let mut words: Vec<String> = parts.map(bare).filter(|word| word.chars().count() >= 4).collect();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    words
}
