use super::names::is_invisible;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Why something was done to somebody: 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let reason: String = text.trim().nfc().collect();
        match reason.chars().count() {
            0 => Err("is needed: it stays in the audit"),
            1..=200 if !reason.chars().any(is_invisible) => Ok(Self(reason)),
            1..=200 => Err("holds characters that cannot be shown. Type it anew"),
            _ => Err("must have at most 200 characters"),
        }
    }

    /// None where none is given.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, &'static str> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
