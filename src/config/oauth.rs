//! Settings of providers: `OAUTH_<NAME>_…`, where the name is one's own.
use super::{
    Build,
    reader::{Reader, YES_OR_NO, word},
    values::{is_loopback, one_line},
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use url::Url;

/// Those whose addresses the app knows, so that they need no issuer. `oauth::providers` has a file for each.
pub const KNOWN: &[&str] = &["discord", "facebook", "github", "google"];

/// As they stand in `.env.example`.
pub(super) const NAMES: [&str; 7] = [
    "OAUTH_<NAME>_CLIENT_ID",
    "OAUTH_<NAME>_CLIENT_SECRET",
    "OAUTH_<NAME>_FORM_ORIGINS",
    "OAUTH_<NAME>_ISSUER",
    "OAUTH_<NAME>_LABEL",
    "OAUTH_<NAME>_SCOPES",
    "OAUTH_<NAME>_TRUST_EMAIL",
];

pub(super) const PREFIX: &str = "OAUTH_";

/// One provider, as far as somebody set it up.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// In small letters, with `-` for `_`: part of addresses, and of each identity.
    pub name: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// Byte for byte as it was typed, since it has to match what the provider says. None: where such a provider usually is.
    pub issuer: Option<String>,
    pub label: Option<String>,
    /// None: those that signing in takes.
    pub scopes: Option<Vec<String>>,
    /// Whether an address that the provider calls verified is taken for proven. None: as the provider deserves.
    pub trusts_email: Option<bool>,
    /// Where else it sends browsers on its way; origins.
    pub form_origins: Vec<String>,
}

/// All of them, those with problems left out.
pub(super) fn read(read: &mut Reader, build: Build) -> Vec<ProviderSettings> {
    let mut names = BTreeSet::new();
    for setting in read.set_with(PREFIX) {
        let endings = NAMES.iter().filter_map(|known| known.strip_prefix("OAUTH_<NAME>"));
        let name = setting.strip_prefix(PREFIX).and_then(|rest| endings.into_iter().find_map(|ending| rest.strip_suffix(ending)));
        match name {
            Some(name) if is_name(name) => drop(names.insert(name.to_owned())),
            _ => read.problem(&setting, "is no setting of a provider: those are OAUTH_, a name in capitals, and _CLIENT_ID, _CLIENT_SECRET, _ISSUER, _LABEL, _SCOPES, _TRUST_EMAIL or _FORM_ORIGINS"),
        }
    }
    names.into_iter().filter_map(|name| provider(read, build, &name)).collect()
}

fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && !name.starts_with('_')
        && !name.ends_with('_')
}

fn provider(read: &mut Reader, build: Build, upper: &str) -> Option<ProviderSettings> {
    let name = upper.to_lowercase().replace('_', "-");
    let setting = |ending: &str| format!("{PREFIX}{upper}_{ending}");
    let issuer = read.optional_named(&setting("ISSUER"), |text| issuer(text, build));
    if issuer.is_none() && !KNOWN.contains(&name.as_str()) {
        let cure = format!(
            "is missing. Set it to the provider's issuer, as https://login.example.com: its openid-configuration has it. None is needed for {}",
            KNOWN.join(", ").to_uppercase()
        );
        read.missing(&setting("ISSUER"), &cure);
    }
    let client_id = read.optional_named(&setting("CLIENT_ID"), |text| Ok(text.to_owned()));
    let client_secret = read.optional_named(&setting("CLIENT_SECRET"), |text| Ok(SecretString::from(text.to_owned())));
    for ending in ["CLIENT_ID", "CLIENT_SECRET"] {
        read.missing(&setting(ending), "is missing. The provider shows it where you register this app there");
    }
    Some(ProviderSettings {
        label: read.optional_named(&setting("LABEL"), |text| one_line(text, 40)),
        scopes: read.optional_named(&setting("SCOPES"), scopes),
        trusts_email: read.optional_named(&setting("TRUST_EMAIL"), |text| word(text, YES_OR_NO)),
        form_origins: read.optional_named(&setting("FORM_ORIGINS"), |text| origins(text, build)).unwrap_or_default(),
        name,
        client_id: client_id?,
        client_secret: client_secret?,
        issuer,
    })
}

/// `http` only to this machine, and only in development: whoever listens on the way could answer for the provider.
pub fn is_safe(url: &Url, build: Build) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url) && build == Build::Debug)
}

fn issuer(text: &str, build: Build) -> Result<String, String> {
    let fits = |url: &Url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    match Url::parse(text) {
        Ok(url) if fits(&url) && is_safe(&url, build) && text.len() <= 255 => Ok(text.to_owned()),
        Ok(url) if fits(&url) && url.scheme() == "http" => {
            Err("must start with https://: only a debug build talks http, and only to this machine".to_owned())
        }
        _ => Err("must start with https:// and have no query, as https://login.example.com".to_owned()),
    }
}

fn scopes(text: &str) -> Result<Vec<String>, String> {
    let is_scope = |scope: &str| scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    let scopes: Vec<&str> = text.split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
    if scopes.iter().all(|scope| is_scope(scope)) {
        Ok(scopes.into_iter().map(str::to_owned).collect())
    } else {
        Err("must be scopes, as openid,email,profile".to_owned())
    }
}

fn origins(text: &str, build: Build) -> Result<Vec<String>, String> {
    let origin = |text: &str| {
        let url = Url::parse(text.trim()).ok().filter(|url| is_safe(url, build) && url.path() == "/" && url.query().is_none())?;
        Some(url.origin().ascii_serialization())
    };
    text.split(',')
        .map(origin)
        .collect::<Option<_>>()
        .ok_or("must be origins, as https://login.example.com,https://sso.example.com".to_owned())
}
