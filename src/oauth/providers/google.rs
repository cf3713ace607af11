use super::{Endpoints, Failure, Granted, Http, Known, OpenId, Profile, Strategy};
use async_trait::async_trait;
use oauth2::AccessToken;

pub const GOOGLE: Known = Known {
    name: "google",
    label: "Google",
    issuer: "https://accounts.google.com",
    scopes: &["openid", "email", "profile"],
    trusts_email: true,
    form_origins: &[],
    // Many have several accounts, and Google would take one without asking.
    parameters: &[("prompt", "select_account")],
    strategy: |issuer| Box::new(Google(OpenId::new(issuer))),
};

struct Google(OpenId);

#[async_trait]
impl Strategy for Google {
    async fn endpoints(&self, http: &Http) -> Result<Endpoints, Failure> {
        self.0.endpoints(http).await
    }

    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure> {
        self.0.profile(http, token).await
    }

    // It says only to some apps when somebody signed in, and asks nobody to do it anew: `proves_presence` stays false.

    /// Google is the authority for addresses of Gmail and of organisations that it hosts (`hd`). Others it has checked at some
    /// time, and they may belong to somebody else by now.
    async fn identify(&self, http: &Http, granted: &Granted<'_>) -> Result<Profile, Failure> {
        let (mut profile, claims) = self.0.claims(http, granted).await?;
        let is_gmail = profile.email.as_deref().is_some_and(|email| email.to_ascii_lowercase().ends_with("@gmail.com"));
        profile.is_email_verified &= is_gmail || claims["hd"].is_string();
        Ok(profile)
    }
}
