//! Our cookies: their names, how they are read, and the attributes that all of them share.
use crate::config::{BaseUrl, PACKAGE};
use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use cookie::{Cookie, SameSite};
use std::time::Duration;

/// `__Host-` binds a cookie to https and this very host. On plain-http localhost the port stands in the name instead,
/// since browsers share cookies across ports.
#[derive(Clone, Debug)]
pub struct CookieNames {
    pub session: String,
    pub flash: String,
    pub theme: String,
    pub device: String,
    pub dance: String,
    secure: bool,
}

impl CookieNames {
    pub fn new(base_url: &BaseUrl) -> Self {
        let secure = base_url.is_https();
        let stem = if secure { format!("__Host-{PACKAGE}") } else { format!("{PACKAGE}-{}", base_url.port()) };
        let named = |what: &str| format!("{stem}-{what}");
        Self { flash: named("flash"), theme: named("theme"), device: named("device"), dance: named("dance"), session: stem, secure }
    }

    /// Without `max_age` it ends with the browser.
    pub fn set(&self, name: &str, value: &str, max_age: Option<Duration>) -> HeaderValue {
        let mut cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(self.secure).build();
        if let Some(age) = max_age {
            cookie.set_max_age(cookie::time::Duration::seconds(age.as_secs() as i64));
        }
        HeaderValue::from_str(&cookie.to_string()).expect("our names and values are visible ASCII")
    }

    /// With every attribute that it was set with: browsers ignore the removal of a `__Host-` cookie without `Secure`.
    pub fn remove(&self, name: &str) -> HeaderValue {
        self.set(name, "", Some(Duration::ZERO))
    }
}

/// None also where the name stands twice: then somebody else set one of them. Works on bytes, so that a cookie of another
/// program that is no text spoils none of ours.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let mut values = pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let value = values.next()?;
    values.next().is_none().then_some(std::str::from_utf8(value).ok()?)
}
