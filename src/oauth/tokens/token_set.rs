use super::{Owner, StorageError};
use crate::{db::Timestamp, seal::Sealer};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one answer of a provider granted. Prints no token.
#[derive(Clone, Debug)]
pub struct TokenSet {
    pub access_token: SecretString,
    /// None: once the other ends, the person has to come back.
    pub refresh_token: Option<SecretString>,
    pub scopes: Vec<String>,
    pub obtained_at: Timestamp,
    /// None: it does not end by itself.
    pub expires_at: Option<Timestamp>,
}

/// What is inside the seal.
#[derive(Serialize, Deserialize)]
struct Plain {
    access_token: String,
    refresh_token: Option<String>,
    scopes: Vec<String>,
    obtained_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl TokenSet {
    /// New ones are fetched so long before the old ones end.
    const MARGIN: Duration = Duration::from_secs(60);

    /// Zero where it has ended. None: it does not end by itself.
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_at.map(|at| at.since(Timestamp::now()))
    }

    pub fn is_expired(&self) -> bool {
        self.expires_in().is_some_and(|left| left.is_zero())
    }

    /// Over, or soon: of what lives shortly a quarter before the end.
    pub fn needs_refresh(&self) -> bool {
        let margin = |at: Timestamp| Self::MARGIN.min(at.since(self.obtained_at) / 4);
        self.expires_at.is_some_and(|at| at.since(Timestamp::now()) <= margin(at))
    }

    /// It holds, or can be renewed.
    pub fn is_of_use(&self) -> bool {
        self.refresh_token.is_some() || !self.is_expired()
    }

    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// What was not said anew stays: a provider that hands out no other refresh token goes on accepting the one it did.
    pub fn succeeding(mut self, old: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token = old.refresh_token.clone();
        }
        self
    }

    /// Allows all that the other does and more, and is of use yet.
    pub fn is_wider_than(&self, other: &Self) -> bool {
        self.is_of_use() && self.scopes.len() > other.scopes.len() && other.scopes.iter().all(|scope| self.allows(scope))
    }

    /// Of the same answer: some providers hand out one access token again and again.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.obtained_at == other.obtained_at && self.access_token.expose_secret() == other.access_token.expose_secret()
    }

    /// By the same refresh token.
    pub fn is_renewed_as(&self, other: &Self) -> bool {
        let refresh = |tokens: &Self| tokens.refresh_token.as_ref().map(|token| token.expose_secret().to_owned());
        refresh(self).is_some() && refresh(self) == refresh(other)
    }

    /// For a storage: only for that owner, and under `SECRET_KEY`, it opens again.
    pub fn seal(&self, sealer: &Sealer, owner: &Owner) -> String {
        sealer.seal(&owner.bound_to(), self.to_json().expose_secret().as_bytes())
    }

    pub fn open(sealer: &Sealer, owner: &Owner, sealed: &str) -> Result<Self, StorageError> {
        let plain = sealer.open(&owner.bound_to(), sealed).and_then(|plain| String::from_utf8(plain).ok());
        plain.and_then(|plain| Self::from_json(&plain)).ok_or_else(|| StorageError::Unreadable(owner.key()))
    }

    /// Never to be kept as it is.
    pub(in crate::oauth) fn to_json(&self) -> SecretString {
        let plain = Plain {
            access_token: self.access_token.expose_secret().to_owned(),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose_secret().to_owned()),
            scopes: self.scopes.clone(),
            obtained_at: self.obtained_at,
            expires_at: self.expires_at,
        };
        serde_json::to_string(&plain).expect("texts and numbers are JSON").into()
    }

    pub(in crate::oauth) fn from_json(json: &str) -> Option<Self> {
        let plain: Plain = serde_json::from_str(json).ok()?;
        Some(Self {
            access_token: plain.access_token.into(),
            refresh_token: plain.refresh_token.map(Into::into),
            scopes: plain.scopes,
            obtained_at: plain.obtained_at,
            expires_at: plain.expires_at,
        })
    }
}
