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
            1..=200 if !reason.chars().any(char::is_control) => Ok(Self(reason)),
            _ => Err("must have at most 200 characters, in one line"),
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
