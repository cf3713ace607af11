//! Who came from a provider for the first time says what it did not: a username, an address. Until then their identity waits in
//! the browser that they came with, for a day.
use super::{
    Error, Grants, Result,
    attempts::{self, New},
    grants::Asked as AskedFor,
    tokens::TokenSet,
};
use crate::{
    accounts::{
        self, Authenticated, Client, Email, Token, Username,
        identities::{self, Claim, Wanted},
        may_register,
        throttle::{self, Whom, limits},
        tokens::{self, Purpose},
    },
    config::Config,
    db::{Db, writing},
    seal::{BrowserId, random_id},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Waiting {
    pub claim: Claim,
    /// What was granted with it.
    #[serde(default)]
    tokens: Option<String>,
    pub next: String,
    /// Where an address has to be proven before, and a mail is on its way.
    pub asked: Option<Asked>,
}

impl Waiting {
    pub(super) fn new(claim: &Claim, tokens: &TokenSet, next: &str) -> Self {
        let tokens = tokens.to_json().expose_secret().to_owned();
        Self { claim: claim.clone(), tokens: Some(tokens), next: next.to_owned(), asked: None }
    }

    /// What was granted, once there is an account.
    pub async fn keep(&self, grants: &Grants) {
        if let Some(tokens) = self.tokens.as_deref().and_then(TokenSet::from_json) {
            grants.keep(&self.claim, &tokens, AskedFor::Usual).await;
        }
    }
}

/// What was typed.
#[derive(Serialize, Deserialize)]
pub struct Asked {
    pub email: String,
    pub username: String,
}

pub enum Finished {
    /// There is an account.
    Here(Box<Authenticated>),
    /// There will be one once the link is opened.
    Mailed,
}

pub async fn waiting(db: &Db, config: &Config, browser: Option<&BrowserId>) -> Result<Option<Waiting>> {
    Ok(find(db, config, browser).await?.map(|(_, waiting)| waiting))
}

async fn find(db: &Db, config: &Config, browser: Option<&BrowserId>) -> Result<Option<(String, Waiting)>> {
    match browser {
        Some(browser) => Ok(attempts::waiting(db, config, browser).await?),
        None => Ok(None),
    }
}

/// `email` is what was typed; a proven one stands.
pub async fn finish(db: &Db, config: &Config, client: &Client, browser: &BrowserId, email: Email, username: Username) -> Result<Finished> {
    let (id, waiting) = find(db, config, Some(browser)).await?.ok_or(Error::Stale)?;
    let proven = waiting.claim.proven_email();
    if proven.is_none() && config.confirms_before() {
        return ask(db, config, client, browser, waiting, email, username).await;
    }
    throttle::take(db, config, [limits::REGISTER.on([Whom::Client(client.network())])]).await?;
    let is_proven = proven.is_some();
    let email = proven.unwrap_or(email);
    let may_mail = !is_proven && config.has_mail() && accounts::may_mail(db, config, client, email.as_str()).await?;
    let wanted = Wanted { email, username, is_proven, may_mail };
    Ok(Finished::Here(sign_up(db, config, client, &id, None, &waiting.claim, &wanted).await?.into()))
}

/// The same answer whether the address is free or taken.
async fn ask(
    db: &Db,
    config: &Config,
    client: &Client,
    browser: &BrowserId,
    waiting: Waiting,
    email: Email,
    username: Username,
) -> Result<Finished> {
    accounts::ask_to_register(db, config, client, &email).await?;
    let provider = waiting.claim.provider.clone();
    let waiting = Waiting { asked: Some(Asked { email: email.to_string(), username: username.to_string() }), ..waiting };
    let new = New { provider: &provider, intent: None, browser, by: None };
    attempts::insert(db, config, &random_id(), new, &waiting).await?;
    Ok(Finished::Mailed)
}

/// What waits in this browser for the link that was mailed to `email`.
pub async fn awaited(db: &Db, config: &Config, browser: Option<&BrowserId>, email: &Email) -> Result<Option<Waiting>> {
    Ok(find_awaited(db, config, browser, email).await?.map(|(_, waiting)| waiting))
}

async fn find_awaited(db: &Db, config: &Config, browser: Option<&BrowserId>, email: &Email) -> Result<Option<(String, Waiting)>> {
    let is_for = |waiting: &Waiting| waiting.asked.as_ref().is_some_and(|asked| asked.email == email.as_str());
    Ok(find(db, config, browser).await?.filter(|(_, waiting)| is_for(waiting)))
}

/// The link that was mailed proves the address; the account gets the identity that waits for it.
pub async fn complete(
    db: &Db,
    config: &Config,
    client: &Client,
    browser: &BrowserId,
    token: &Token,
    username: Username,
) -> Result<Authenticated> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let email = accounts::find_registration(db, config, token).await?;
    let (id, waiting) = find_awaited(db, config, Some(browser), &email).await?.ok_or(accounts::Error::LinkUsed)?;
    let wanted = Wanted { email, username, is_proven: true, may_mail: false };
    match sign_up(db, config, client, &id, Some(token), &waiting.claim, &wanted).await {
        // Somebody else has it by now, or takes an account back by it; or another request was first.
        Err(Error::Stale | Error::Refused(accounts::Error::EmailTaken)) => Err(accounts::Error::LinkUsed.into()),
        signed_up => signed_up,
    }
}

async fn sign_up(
    db: &Db,
    config: &Config,
    client: &Client,
    waiting: &str,
    link: Option<&Token>,
    claim: &Claim,
    wanted: &Wanted,
) -> Result<Authenticated> {
    if !may_register(config, &wanted.email) {
        return Err(accounts::Error::Beyond.into());
    }
    let tx = writing(db).await?;
    attempts::consume_waiting(&tx, waiting).await?;
    if let Some(link) = link {
        tokens::consume(&tx, Purpose::Register, link).await?;
    }
    let who = identities::sign_up(&tx, config, client, claim, wanted).await?;
    tx.commit().await?;
    Ok(who)
}
