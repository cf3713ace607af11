//! Any provider that speaks OpenID Connect, by its issuer alone: discovery names its addresses and keys, and a signed token says
//! who came.
mod id_token;
mod metadata;

use super::{Endpoints, Failure, Granted, Http, Profile, Strategy};
use crate::db::Timestamp;
use async_trait::async_trait;
use metadata::Metadata;
use oauth2::{AccessToken, AuthType};
use openidconnect::core::CoreClientAuthMethod;
use serde_json::Value;
use url::Url;

pub struct OpenId {
    metadata: Metadata,
}

impl OpenId {
    /// The issuer has to be the one that discovery names, to the byte.
    pub fn new(issuer: &str) -> Self {
        Self { metadata: Metadata::of(issuer) }
    }

    /// Of a token that came from the provider itself, and so needs no look at its signature (OpenID Connect Core 1.0, 3.1.3.7).
    pub fn subject_of(id_token: &str) -> Option<String> {
        id_token::payload(id_token)?["sub"].as_str().map(str::to_owned)
    }

    /// And all that it claims, for what is particular about one.
    pub(super) async fn claims(&self, http: &Http, granted: &Granted<'_>) -> Result<(Profile, Value), Failure> {
        let mut claims = id_token::verify(&self.metadata, http, granted).await?;
        let found = self.metadata.get(http).await?;
        if let Some(userinfo) = found.userinfo_endpoint().filter(|_| claims["email"].is_null()) {
            let more: Value = http.get(userinfo.url(), granted.access_token).await?;
            if more["sub"] != claims["sub"] {
                return Err(Failure::odd("with somebody else's profile"));
            }
            // Whether it is verified belongs to the address, and comes from where that does.
            (claims["email"], claims["email_verified"]) = (more["email"].clone(), more["email_verified"].clone());
            for name in ["preferred_username", "name", "hd"] {
                if claims[name].is_null() {
                    claims[name] = more[name].clone();
                }
            }
        }
        Ok((profile(&claims), claims))
    }
}

/// `"true"` is not `true`, though the crate would take it for that: only what is said plainly counts.
fn profile(claims: &Value) -> Profile {
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    Profile {
        subject: text("sub").unwrap_or_default(),
        email: text("email"),
        is_email_verified: claims["email_verified"] == Value::Bool(true),
        username: text("preferred_username"),
        name: text("name"),
        signed_in_at: claims["auth_time"].as_i64().map(|seconds| Timestamp(seconds.saturating_mul(1000))),
    }
}

#[async_trait]
impl Strategy for OpenId {
    async fn endpoints(&self, http: &Http) -> Result<Endpoints, Failure> {
        let found = self.metadata.get(http).await?;
        let token = found.token_endpoint().ok_or_else(|| Failure::odd("discovery without a token endpoint"))?;
        // Basic where it names none (OpenID Connect Discovery 1.0, 3).
        let methods = found.token_endpoint_auth_methods_supported();
        let takes_basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Ok(Endpoints {
            authorize: found.authorization_endpoint().url().clone(),
            token: token.url().clone(),
            revocation: found.additional_metadata().revocation_endpoint.as_deref().and_then(|url| Url::parse(url).ok()),
            authentication: if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody },
            names_itself: found.additional_metadata().authorization_response_iss_parameter_supported,
            is_openid: true,
        })
    }

    fn proves_presence(&self) -> bool {
        true
    }

    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure> {
        let found = self.metadata.get(http).await?;
        let Some(userinfo) = found.userinfo_endpoint() else { return Ok(None) };
        let claims: Value = http.get(userinfo.url(), token).await?;
        Ok(Some(profile(&claims)))
    }

    async fn identify(&self, http: &Http, granted: &Granted<'_>) -> Result<Profile, Failure> {
        Ok(self.claims(http, granted).await?.0)
    }
}
