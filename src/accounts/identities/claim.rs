use crate::{
    accounts::{DisplayName, Email, Username, names::is_invisible},
    db::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a provider vouches for: somebody came who has this account there. All but provider, issuer and subject is what people may
/// type there, and any of it may be missing or nonsense.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// As in the settings, `github`.
    pub provider: String,
    /// As people know it, `GitHub`.
    pub provider_label: String,
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    /// The provider has seen for itself that the address is theirs, and is trusted to say so.
    pub is_email_proven: bool,
    /// When they last signed in there. None: it could tell, and does not.
    pub signed_in_at: Option<Timestamp>,
    pub username: Option<String>,
    pub name: Option<String>,
}

impl Claim {
    /// None where there is none that could be one.
    pub fn email(&self) -> Option<Email> {
        Email::parse(self.email.as_deref()?).ok()
    }

    /// Only as it was proven: what we would write otherwise, such as full-width letters, may be another mailbox there.
    pub fn proven_email(&self) -> Option<Email> {
        let is_same = |email: &Email| self.email.as_deref().is_some_and(|said| said.eq_ignore_ascii_case(email.as_str()));
        self.email().filter(|email| self.is_email_proven && is_same(email))
    }

    pub fn username(&self) -> Option<Username> {
        Username::parse(self.username.as_deref()?).ok()
    }

    /// For a form: the name there, or else what stands before the `@`.
    pub fn suggested_username(&self) -> String {
        let email = self.email();
        let local = email.as_ref().and_then(|email| email.as_str().split(['@', '+']).next()).and_then(|local| Username::parse(local).ok());
        self.username().or(local).map(|username| username.to_string()).unwrap_or_default()
    }

    pub(super) fn display_name(&self) -> Option<DisplayName> {
        DisplayName::parse(self.name.as_deref()?).ok()
    }

    /// By which its owner knows it again.
    pub fn label(&self) -> String {
        let texts = [&self.email, &self.username, &self.name].map(|text| text.as_deref().unwrap_or_default());
        let visible = texts.map(|text| text.chars().filter(|c| !is_invisible(*c)).take(100).collect::<String>());
        let seen = visible.into_iter().find(|text| !text.trim().is_empty());
        seen.unwrap_or_else(|| self.subject.chars().filter(|c| !is_invisible(*c)).take(100).collect())
    }
}
