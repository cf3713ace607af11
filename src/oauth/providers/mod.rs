//! How to talk to each provider: one file each, and one for all that speak OpenID Connect. To add one, write a file with its
//! [`Known`], and add that to [`LIST`] and its name to `config::oauth::KNOWN`.
mod discord;
mod facebook;
mod github;
mod google;
mod openid;
mod revoke;

pub use openid::OpenId;
pub use revoke::Credentials;

use super::{Failure, Http, tokens::TokenSet};
use crate::db::Timestamp;
use async_trait::async_trait;
use oauth2::{AccessToken, AuthType};
use url::Url;

pub const LIST: &[&Known] = &[&discord::DISCORD, &facebook::FACEBOOK, &github::GITHUB, &google::GOOGLE];

/// A provider that needs nothing but the app's id and secret there.
pub struct Known {
    /// In settings and addresses.
    pub name: &'static str,
    pub label: &'static str,
    /// Vouches for its subjects; also where it lives, unless the setting `ISSUER` says otherwise.
    pub issuer: &'static str,
    /// The fewest that tell who somebody is.
    pub scopes: &'static [&'static str],
    /// Whether an address that it calls verified is.
    pub trusts_email: bool,
    /// Where it sends browsers on its way.
    pub form_origins: &'static [&'static str],
    /// What else it is to be asked with.
    pub parameters: &'static [(&'static str, &'static str)],
    pub strategy: fn(issuer: &str) -> Box<dyn Strategy>,
}

/// What is particular about a provider.
#[async_trait]
pub trait Strategy: Send + Sync {
    /// Where browsers are sent, and where a code is exchanged.
    async fn endpoints(&self, http: &Http) -> Result<Endpoints, Failure>;

    /// Whether it can be asked to have somebody sign in anew, and says when they did.
    fn proves_presence(&self) -> bool {
        false
    }

    /// Where its API lives; None: whoever calls it says so.
    fn api(&self) -> Option<Url> {
        None
    }

    /// Who the token is for, as it says at this moment. None where there is nothing to ask.
    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure>;

    /// Who came, by what the exchange brought.
    async fn identify(&self, http: &Http, granted: &Granted<'_>) -> Result<Profile, Failure> {
        self.profile(http, granted.access_token).await?.ok_or_else(|| Failure::odd("without saying who came"))
    }

    /// Ends what was granted. False where it offers nothing for that.
    async fn revoke(&self, http: &Http, app: &Credentials<'_>, tokens: &TokenSet) -> Result<bool, Failure> {
        let endpoints = self.endpoints(http).await?;
        match &endpoints.revocation {
            Some(url) => revoke::by_rfc_7009(http, url, &endpoints.authentication, app, tokens).await.map(|()| true),
            None => Ok(false),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Endpoints {
    pub authorize: Url,
    pub token: Url,
    /// Where tokens are ended (RFC 7009).
    pub revocation: Option<Url>,
    /// How the app shows its secret: in a header, or in the form (RFC 6749, 2.3.1).
    pub authentication: AuthType,
    /// It names itself in every answer that a browser brings (RFC 9207).
    pub names_itself: bool,
    /// It speaks OpenID Connect, and takes a nonce.
    pub is_openid: bool,
}

/// What the token endpoint gave, and what it has to fit.
pub struct Granted<'a> {
    pub access_token: &'a AccessToken,
    pub id_token: Option<&'a str>,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// Whether somebody has to have signed in there since then.
    pub since: Option<Timestamp>,
}

/// Who somebody is there, as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub subject: String,
    pub email: Option<String>,
    pub is_email_verified: bool,
    pub username: Option<String>,
    pub name: Option<String>,
    /// When they last signed in there, as far as it says.
    pub signed_in_at: Option<Timestamp>,
}

impl Endpoints {
    /// Of plain OAuth 2, at addresses that never change.
    fn fixed(authorize: Url, token: Url) -> Self {
        Self { authorize, token, revocation: None, authentication: AuthType::RequestBody, names_itself: false, is_openid: false }
    }
}

/// Where a provider of plain OAuth 2 lives.
fn home(issuer: &str) -> Url {
    Url::parse(issuer).expect("an issuer was parsed when it was read")
}

/// A path below that.
fn at(home: &Url, path: &str) -> Url {
    let mut url = home.clone();
    url.set_path(&format!("{}{path}", home.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::oauth::KNOWN;

    #[test]
    fn those_that_settings_know_by_name_have_a_file() {
        assert_eq!(
            LIST.iter().map(|known| known.name).collect::<Vec<_>>(),
            KNOWN,
            "LIST here, and KNOWN in src/config/oauth.rs, in the order of the alphabet"
        );
    }
}
