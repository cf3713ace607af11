use super::{Endpoints, Failure, Http, Known, Profile, Strategy, at, home};
use async_trait::async_trait;
use oauth2::AccessToken;
use serde::Deserialize;
use url::Url;

pub const DISCORD: Known = Known {
    name: "discord",
    label: "Discord",
    issuer: "https://discord.com",
    scopes: &["identify", "email"],
    trusts_email: false,
    form_origins: &[],
    parameters: &[],
    strategy: |issuer| Box::new(Discord(home(issuer))),
};

struct Discord(Url);

#[derive(Deserialize)]
struct User {
    id: String,
    username: String,
    global_name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    verified: bool,
}

#[async_trait]
impl Strategy for Discord {
    async fn endpoints(&self, _: &Http) -> Result<Endpoints, Failure> {
        let endpoints = Endpoints::fixed(at(&self.0, "/oauth2/authorize"), at(&self.0, "/api/oauth2/token"));
        Ok(Endpoints { revocation: Some(at(&self.0, "/api/oauth2/token/revoke")), ..endpoints })
    }

    fn api(&self) -> Option<Url> {
        Some(at(&self.0, "/api"))
    }

    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure> {
        let user: User = http.get(&at(&self.0, "/api/users/@me"), token).await?;
        let (email, is_email_verified) = (user.email, user.verified);
        let (username, name) = (Some(user.username), user.global_name);
        Ok(Some(Profile { subject: user.id, email, is_email_verified, username, name, signed_in_at: None }))
    }
}
