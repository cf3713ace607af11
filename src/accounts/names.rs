//! Addresses and names, parsed and normalised once. What is stored and compared is always the normal form.
use crate::entity::role;
use caseless::Caseless;
use std::fmt;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// NFKC and case folding: two spellings that people take for the same compare equal.
pub fn fold(text: &str) -> String {
    text.nfkc().default_case_fold().nfkc().collect()
}

/// At most 254 characters; local part in NFKC and lower case, domain in its ASCII form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const INVALID: &str = "must look like ada@example.com";
        let (local, domain) = text.trim().rsplit_once('@').ok_or(INVALID)?;
        let domain = idna::domain_to_ascii_strict(domain.trim_end_matches('.')).map_err(|_| INVALID)?;
        let address = format!("{}@{domain}", lower(local));
        let options = email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
        let numeric = domain.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        let plain = !numeric && !address.starts_with('"') && !address.chars().any(is_invisible);
        match email_address::EmailAddress::parse_with_options(&address, options) {
            Ok(_) if plain && address.len() <= 254 => Ok(Self(address)),
            _ => Err(INVALID),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an address of one of these; of none, any is.
    pub fn is_of(&self, domains: &[String]) -> bool {
        let own = self.0.rsplit_once('@').map(|(_, domain)| domain);
        domains.is_empty() || domains.iter().any(|domain| own == Some(domain))
    }

    /// Of the beginning of one, as it would stand in a whole one.
    pub fn normal(text: &str) -> String {
        lower(text.trim())
    }
}

/// Not folded: `groß` and `gross` may be two mailboxes.
fn lower(local: &str) -> String {
    local.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// 3 to 32 letters of one script, digits, and `_ - .` inside; never `@`, which would make it somebody's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = fold(text.trim());
        let inside = |c: char| matches!(c, '_' | '-' | '.');
        if !(3..=32).contains(&name.chars().count()) {
            return Err("must have 3 to 32 characters");
        }
        if !name.chars().all(|c| is_letter_or_digit(c) || inside(c)) || name.starts_with(inside) || name.ends_with(inside) {
            return Err("may hold letters and digits, and _ - . between them");
        }
        if !name.is_single_script() {
            return Err("must keep to the letters of one script");
        }
        if is_reserved(&name) {
            return Err("is reserved. Choose another one");
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names that would pass for the people who run the place, or for a page of it.
fn is_reserved(name: &str) -> bool {
    const RESERVED: &str = "abuse account admin administrator all anonymous api app everyone help hostmaster info login logout mail me moderator \
         no-reply noreply null official owner postmaster register root security settings setup signin signout signup staff superuser support \
         sysadmin system team undefined user webmaster www";
    let bare = name.replace(['_', '-', '.'], "");
    let package = crate::config::PACKAGE.replace(['_', '-'], "");
    let looks_like = |word: &str| skeleton(word).eq(skeleton(name)) || skeleton(word).eq(skeleton(&bare));
    RESERVED.split_whitespace().chain([package.as_str()]).any(looks_like)
}

/// Of other scripts only what Unicode recommends for names, which leaves out fillers, modifiers and the like.
fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric() && c.identifier_allowed() && !is_invisible(c) && !is_modifier(c))
}

fn is_modifier(c: char) -> bool {
    matches!(c, '\u{2b0}'..='\u{2ff}' | '\u{1c0}'..='\u{1c3}' | '\u{30fc}')
}

/// How a person wants to be called: at most 64 characters, possibly none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name: String = text.trim().nfc().collect();
        if name.chars().count() > 64 {
            return Err("must have at most 64 characters");
        }
        let unseen = !name.is_empty() && name.chars().all(|c| is_invisible(c) || is_combining_mark(c));
        if unseen || name.chars().any(|c| c.is_control() || is_direction(c) || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err("holds characters that cannot be shown. Type it anew");
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DisplayName {
    /// Folded, for searching, as much of it as its column holds: one letter may fold to eighteen.
    pub fn key(&self) -> String {
        fold(&self.0).chars().take(255).collect()
    }
}

/// 1 to 64 small letters of ASCII, digits, and `_ - .` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.trim().to_lowercase();
        let inside = |c: char| matches!(c, '_' | '-' | '.');
        let fits = (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || inside(c));
        if fits && !name.starts_with(inside) && !name.ends_with(inside) {
            return Ok(Self(name));
        }
        Err("must have 1 to 64 letters from a to z and digits, and _ - . between them")
    }

    pub fn of(role: &role::Model) -> Self {
        Self(role.name.clone())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || is_direction(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
