//! GitHub, or a GitHub Enterprise Server with `OAUTH_GITHUB_ISSUER=https://<host>/login/oauth`.
use super::{Credentials, Endpoints, Failure, Http, Known, Profile, Strategy, at, home};
use crate::oauth::{http::request, tokens::TokenSet};
use async_trait::async_trait;
use oauth2::{
    AccessToken,
    http::{Request, StatusCode, header},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

pub const GITHUB: Known = Known {
    name: "github",
    label: "GitHub",
    // As GitHub names itself in its answers.
    issuer: "https://github.com/login/oauth",
    scopes: &["read:user", "user:email"],
    trusts_email: true,
    form_origins: &[],
    parameters: &[],
    strategy: |issuer| Box::new(GitHub { issuer: home(issuer), api: api(home(issuer)) }),
};

struct GitHub {
    issuer: Url,
    api: Url,
}

fn api(mut issuer: Url) -> Url {
    if issuer.host_str() == Some("github.com") {
        return Url::parse("https://api.github.com").expect("an address");
    }
    issuer.set_path("/api/v3");
    issuer
}

#[derive(Deserialize)]
struct User {
    /// Stays when the login changes.
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

#[async_trait]
impl Strategy for GitHub {
    async fn endpoints(&self, _: &Http) -> Result<Endpoints, Failure> {
        Ok(Endpoints::fixed(at(&self.issuer, "/authorize"), at(&self.issuer, "/access_token")))
    }

    fn api(&self) -> Option<Url> {
        Some(self.api.clone())
    }

    /// The address of the profile is one that is shown, and need not be verified; the list says which is.
    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure> {
        let user: User = http.get(&at(&self.api, "/user"), token).await?;
        let addresses: Vec<Address> = http.get(&at(&self.api, "/user/emails"), token).await?;
        let primary = addresses.into_iter().find(|address| address.primary);
        Ok(Some(Profile {
            subject: user.id.to_string(),
            is_email_verified: primary.as_ref().is_some_and(|address| address.verified),
            email: primary.map(|address| address.email),
            username: Some(user.login),
            name: user.name,
            signed_in_at: None,
        }))
    }

    /// Its own way: the whole grant of that person to this app.
    async fn revoke(&self, http: &Http, app: &Credentials<'_>, tokens: &TokenSet) -> Result<bool, Failure> {
        let url = at(&self.api, &format!("/applications/{}/grant", app.client_id));
        let body = serde_json::json!({ "access_token": tokens.access_token.expose_secret() }).to_string();
        let head = Request::delete(url.as_str()).header(header::AUTHORIZATION, app.basic());
        let answer = http.ask(request(head, body.into_bytes())?).await?;
        match answer.status() {
            // It knows none of these any more.
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(true),
            status => Err(Failure::odd(format!("{status} to a revocation"))),
        }
    }
}
