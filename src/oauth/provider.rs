use super::{
    Failure, Http,
    http::within_limit,
    providers::{Credentials, Endpoints, Known, LIST, OpenId, Profile, Strategy},
    tokens::{Owner, TokenSet},
};
use crate::{
    accounts::identities::{Claim, Identity},
    config::{Build, Config, ProviderSettings, oauth::is_safe},
    db::Timestamp,
};
use secrecy::SecretString;
use std::{collections::BTreeSet, fmt, sync::Arc};
use url::Url;

/// A provider as it is set up here.
pub struct Provider {
    /// In addresses and rows.
    pub name: String,
    /// For people.
    pub label: String,
    pub issuer: String,
    pub scopes: Vec<String>,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) strategy: Box<dyn Strategy>,
    pub(super) http: Http,
    pub(super) parameters: &'static [(&'static str, &'static str)],
    trusts_email: bool,
    form_origins: Vec<String>,
}

/// All of them, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Providers(Arc<[Arc<Provider>]>);

impl Providers {
    /// Fails where this machine has nothing to check certificates by.
    pub fn new(config: &Config) -> reqwest::Result<Self> {
        config.providers.iter().map(|settings| Provider::new(settings).map(Arc::new)).collect::<Result<_, _>>().map(Self)
    }

    pub fn list(&self) -> &[Arc<Provider>] {
        &self.0
    }

    pub fn get(&self, name: &str) -> Option<&Arc<Provider>> {
        self.0.iter().find(|provider| provider.name == name)
    }

    /// By which an identity can be signed in with; None where it is not set up here any more.
    pub fn of(&self, identity: &Identity) -> Option<&Arc<Provider>> {
        self.0.iter().find(|provider| (&provider.name, &provider.issuer) == (&identity.provider, &identity.issuer))
    }

    /// Where browsers may be sent by the answer to a form.
    pub fn form_origins(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|provider| provider.form_origins.iter().map(String::as_str))
    }
}

impl Provider {
    fn new(settings: &ProviderSettings) -> reqwest::Result<Self> {
        let known = LIST.iter().copied().find(|known| known.name == settings.name);
        let issuer =
            settings.issuer.clone().or(known.map(|known| known.issuer.to_owned())).expect("settings without an issuer are refused");
        let home = Url::parse(&issuer).expect("an issuer was parsed when it was read");
        let strategy = known.map_or_else(|| Box::new(OpenId::new(&issuer)) as Box<dyn Strategy>, |known| (known.strategy)(&issuer));
        Ok(Self {
            label: settings.label.clone().unwrap_or_else(|| known.map_or_else(|| spoken(&settings.name), |known| known.label.to_owned())),
            scopes: settings.scopes.clone().unwrap_or_else(|| default_scopes(known)),
            trusts_email: settings.trusts_email.unwrap_or(known.is_some_and(|known| known.trusts_email)),
            form_origins: form_origins(settings, known, &home),
            parameters: known.map_or(&[], |known| known.parameters),
            http: Http::new(home.scheme() == "http")?,
            name: settings.name.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            strategy,
            issuer,
        })
    }

    /// The one address to which it is to send people back, and that it has to know.
    pub fn callback(&self, config: &Config) -> String {
        format!("{}/oauth/{}/callback", config.base_url.origin(), self.name)
    }

    /// Whose tokens the app's own are there.
    pub fn site(&self) -> Owner {
        Owner::Site { provider: self.name.clone(), issuer: self.issuer.clone() }
    }

    /// Whether it can show that somebody is there at the moment, and not only that they were at some time.
    pub fn proves_presence(&self) -> bool {
        self.strategy.proves_presence()
    }

    /// Whether somebody could be sent there now. False where only a sign-in shows it: plain OAuth 2 has nothing that could be asked.
    pub async fn check(&self) -> Result<bool, Failure> {
        within_limit(self.endpoints()).await.map(|endpoints| endpoints.is_openid)
    }

    /// A browser gets there only if our pages may say so.
    pub(super) async fn endpoints(&self) -> Result<Endpoints, Failure> {
        let endpoints = self.strategy.endpoints(&self.http).await?;
        let origin = endpoints.authorize.origin().ascii_serialization();
        if !is_safe(&endpoints.authorize, Build::CURRENT) {
            return Err(Failure::odd(format!("with a page at {origin}, which does not start with https://")));
        }
        if !self.form_origins.contains(&origin) {
            let name = self.name.to_uppercase().replace('-', "_");
            return Err(Failure::odd(format!("with a page at {origin}. If that is right, set OAUTH_{name}_FORM_ORIGINS={origin}")));
        }
        Ok(endpoints)
    }

    /// Ends there what was granted. False where it offers nothing for that.
    pub(super) async fn revoke(&self, tokens: &TokenSet) -> Result<bool, Failure> {
        let _permit = self.http.beside_sign_ins().await?;
        let app = Credentials { client_id: &self.client_id, client_secret: &self.client_secret };
        within_limit(self.strategy.revoke(&self.http, &app, tokens)).await
    }

    /// Refuses a subject that no row could hold.
    pub(super) fn claim(&self, profile: Profile) -> Result<Claim, Failure> {
        let subject = profile.subject;
        // MySQL takes `x` and `x ` for the same.
        if !(1..=255).contains(&subject.len()) || subject.chars().any(char::is_control) || subject.trim() != subject {
            return Err(Failure::odd("with a subject that cannot be kept"));
        }
        Ok(Claim {
            provider: self.name.clone(),
            provider_label: self.label.clone(),
            issuer: self.issuer.clone(),
            subject,
            email: profile.email,
            is_email_proven: profile.is_email_verified && self.trusts_email,
            // Of one that cannot tell, coming from there has to do.
            signed_in_at: if self.proves_presence() { profile.signed_in_at } else { Some(Timestamp::now()) },
            username: profile.username,
            name: profile.name,
        })
    }
}

/// Nothing of its secret.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn default_scopes(known: Option<&Known>) -> Vec<String> {
    let scopes = known.map_or(&["openid", "email", "profile"][..], |known| known.scopes);
    scopes.iter().map(|&scope| scope.to_owned()).collect()
}

fn form_origins(settings: &ProviderSettings, known: Option<&Known>, home: &Url) -> Vec<String> {
    let known = known.map_or(&[][..], |known| known.form_origins).iter().map(|&origin| origin.to_owned());
    let origins = [home.origin().ascii_serialization()].into_iter().chain(known).chain(settings.form_origins.clone());
    origins.collect::<BTreeSet<_>>().into_iter().collect()
}

/// `my-sso` becomes `My sso`.
fn spoken(name: &str) -> String {
    let mut name = name.replace('-', " ");
    name[..1].make_ascii_uppercase();
    name
}
