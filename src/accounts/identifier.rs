use super::{Email, Username, fold, names::is_invisible};
use unicode_normalization::UnicodeNormalization;

/// What somebody typed to say who they are.
#[derive(Clone, Debug)]
pub enum Identifier {
    Email(Email),
    Username(Username),
    /// Belongs to nobody; counted all the same, in its normal form.
    Nobody(String),
}

impl Identifier {
    pub fn parse(text: &str) -> Self {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let parsed = if visible.contains(['@', '＠']) {
            Email::parse(&visible.nfkc().collect::<String>()).map(Self::Email)
        } else {
            Username::parse(&visible).map(Self::Username)
        };
        parsed.unwrap_or_else(|_| Self::Nobody(fold(visible.trim())))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Username(username) => username.as_str(),
            Self::Nobody(text) => text,
        }
    }
}
