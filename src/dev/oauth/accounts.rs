//! Who has an account at the practice provider.
use crate::seal::random_id;
use openidconnect::{EndUserEmail, EndUserName, EndUserUsername, LocalizedClaim, StandardClaims, SubjectIdentifier, core::CoreGenderClaim};
use serde::{Deserialize, Serialize};

#[derive(Debug)]
pub struct Account {
    /// Empty: somebody else each time.
    pub subject: &'static str,
    pub name: &'static str,
    pub username: Option<&'static str>,
    pub email: &'static str,
    /// In a few words, for whoever chooses.
    pub about: &'static str,
}

pub const ACCOUNTS: [Account; 4] = [
    Account { subject: "1815", name: "Mary Somerville", username: Some("mary"), email: "mary@practice.test", about: "with a username" },
    Account { subject: "1882", name: "Emmy Noether", username: None, email: "emmy@practice.test", about: "without a username" },
    Account {
        subject: "1890",
        name: "Sofia Kovalevskaya",
        username: Some("sofia"),
        email: "sofia@practice.test",
        about: "with a username",
    },
    Account { subject: "", name: "Somebody new", username: None, email: "", about: "another account each time" },
];

/// What the provider says about somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub subject: String,
    pub name: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub is_verified: bool,
}

impl Said {
    /// None: nobody of that subject has an account.
    pub fn truly(subject: &str) -> Option<Self> {
        let account = ACCOUNTS.iter().find(|account| account.subject == subject)?;
        let subject = if subject.is_empty() { random_id().replace(['-', '_'], "x") } else { subject.to_owned() };
        let email =
            if account.email.is_empty() { format!("{}@practice.test", subject[..6].to_lowercase()) } else { account.email.to_owned() };
        let (name, username) = (account.name.to_owned(), account.username.map(str::to_owned));
        Some(Self { subject, name, username, email: Some(email), is_verified: true })
    }

    pub fn claims(&self) -> StandardClaims<CoreGenderClaim> {
        let mut name = LocalizedClaim::new();
        name.insert(None, EndUserName::new(self.name.clone()));
        StandardClaims::new(SubjectIdentifier::new(self.subject.clone()))
            .set_name(Some(name))
            .set_preferred_username(self.username.clone().map(EndUserUsername::new))
            .set_email(self.email.clone().map(EndUserEmail::new))
            .set_email_verified(self.email.as_ref().map(|_| self.is_verified))
    }
}
