//! Who has an account at the practice provider.
use openidconnect::{EndUserEmail, EndUserName, EndUserUsername, LocalizedClaim, StandardClaims, SubjectIdentifier, core::CoreGenderClaim};

#[derive(Debug)]
pub struct Account {
    pub subject: &'static str,
    pub name: &'static str,
    pub username: Option<&'static str>,
    pub email: &'static str,
    /// In a few words, for whoever chooses.
    pub about: &'static str,
}

pub const ACCOUNTS: [Account; 3] = [
    Account { subject: "1815", name: "Mary Somerville", username: Some("mary"), email: "mary@practice.test", about: "with a username" },
    Account { subject: "1882", name: "Emmy Noether", username: None, email: "emmy@practice.test", about: "without a username" },
    Account { subject: "1890", name: "Sofia Kovalevskaya", username: Some("sofia"), email: "sofia@practice.test", about: "somebody else" },
];

pub fn get(subject: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.subject == subject)
}

/// What the provider says about somebody.
#[derive(Clone, Debug)]
pub struct Said {
    pub account: &'static Account,
    pub email: Option<String>,
    pub is_verified: bool,
}

impl Said {
    pub fn truly(account: &'static Account) -> Self {
        Self { account, email: Some(account.email.to_owned()), is_verified: true }
    }

    pub fn claims(&self) -> StandardClaims<CoreGenderClaim> {
        let mut name = LocalizedClaim::new();
        name.insert(None, EndUserName::new(self.account.name.to_owned()));
        StandardClaims::new(SubjectIdentifier::new(self.account.subject.to_owned()))
            .set_name(Some(name))
            .set_preferred_username(self.account.username.map(|username| EndUserUsername::new(username.to_owned())))
            .set_email(self.email.clone().map(EndUserEmail::new))
            .set_email_verified(self.email.as_ref().map(|_| self.is_verified))
    }
}
