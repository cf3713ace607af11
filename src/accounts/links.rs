//! Links that are asked for by mail. Whether an address has an account is found out by a job, never by the request: so known and
//! unknown addresses get the same answer after the same work.
use super::{
    Client, Email, Error, Result, User,
    audit::{self, Action, Entry},
    find_by_email, find_owner, lock, notify,
    register::may_register,
    throttle::{self, Whom, limits},
    tokens::{self, Issue, Purpose},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    jobs::{self, Job},
    mail::{self, Link, messages},
};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

/// Somebody asked for a new password.
#[derive(Serialize, Deserialize)]
pub struct ForgottenPassword {
    email: String,
    client: Client,
}

impl Job for ForgottenPassword {
    const KIND: &'static str = "forgotten-password";
}

/// Somebody wants to register.
#[derive(Serialize, Deserialize)]
pub struct WantedRegistration {
    email: String,
}

impl Job for WantedRegistration {
    const KIND: &'static str = "wanted-registration";
}

/// Counts a mail to `email` that somebody asked for. False: there were enough already, which nobody is told.
pub async fn may_mail(db: &Db, config: &Config, client: &Client, email: &str) -> Result<bool> {
    throttle::take(db, config, [limits::MAIL_CLIENT.on([Whom::Client(client.network())])]).await?;
    let of_address = [limits::MAIL_ADDRESS.on([Whom::Address(email)]), limits::MAIL_ADDRESS_MINUTE.on([Whom::Address(email)])];
    match throttle::take(db, config, of_address).await {
        Err(Error::Throttled(_)) => Ok(false),
        taken => taken.map(|_| true),
    }
}

async fn ask<J: Job>(db: &Db, config: &Config, client: &Client, email: &Email, job: J) -> Result<()> {
    if may_mail(db, config, client, email.as_str()).await? {
        let tx = writing(db).await?;
        jobs::enqueue(&tx, config, None, &job).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A link to set a password, if anybody has that address.
pub async fn forgot_password(db: &Db, config: &Config, client: &Client, email: &Email) -> Result<()> {
    ask(db, config, client, email, ForgottenPassword { email: email.to_string(), client: client.clone() }).await
}

/// A link to make an account, or word that there is one.
pub async fn ask_to_register(db: &Db, config: &Config, client: &Client, email: &Email) -> Result<()> {
    throttle::take(db, config, [limits::REGISTER.on([Whom::Client(client.network())])]).await?;
    ask(db, config, client, email, WantedRegistration { email: email.to_string() }).await
}

impl ForgottenPassword {
    /// To the address as it is stored, never as it was typed.
    pub async fn answer(self, db: &Db, config: &Config) -> Result<()> {
        let tx = writing(db).await?;
        let Some(user) = find_by_email(&tx, &self.email).await? else { return Ok(()) };
        // They may have another address by the time that their row is locked.
        let Some(user) = lock(&tx, user.id).await?.filter(|user| user.email == self.email) else { return Ok(()) };
        if user.is_active() {
            send_reset(&tx, config, &user, &user.email).await?;
        } else {
            let what = "Somebody asked for a new password. Your account is deactivated, so that none can be set.";
            notify(&tx, config, &user, what, None).await?;
        }
        audit::record(&tx, &self.client, Entry::about(Some(&user), Action::RequestReset)).await?;
        Ok(tx.commit().await?)
    }
}

/// Using the link proves `email`.
async fn send_reset(tx: &Tx, config: &Config, user: &User, email: &str) -> Result<(), DbErr> {
    let (link, until) = reset_link(tx, user, email).await?;
    mail::send(tx, config, email, Some(user.id), &messages::ResetPassword { username: user.username.clone(), link, until }).await
}

/// The same for who took the account back from somebody else.
pub(super) async fn send_recovery(tx: &Tx, config: &Config, user: &User, email: &str) -> Result<(), DbErr> {
    let (link, until) = reset_link(tx, user, email).await?;
    mail::send(tx, config, email, Some(user.id), &messages::Recover { username: user.username.clone(), link, until }).await
}

async fn reset_link(tx: &Tx, user: &User, email: &str) -> Result<(Link, Timestamp), DbErr> {
    let issued = tokens::issue(tx, &Issue { user: Some(user), email: Some(email), ..Issue::of(Purpose::ResetPassword) }).await?;
    Ok((Link::to("/password/reset", issued.token.expose()), issued.until))
}

impl WantedRegistration {
    pub async fn answer(self, db: &Db, config: &Config) -> Result<()> {
        if !Email::parse(&self.email).is_ok_and(|email| may_register(config, &email)) {
            return Ok(());
        }
        let tx = writing(db).await?;
        if let Some(owner) = find_owner(&tx, &self.email).await? {
            let mail = messages::AlreadyRegistered { username: owner.username };
            mail::send(&tx, config, &self.email, Some(owner.id), &mail).await?;
        } else {
            let issued = tokens::issue(&tx, &Issue { email: Some(&self.email), ..Issue::of(Purpose::Register) }).await?;
            let mail = messages::Register { link: Link::to("/register", issued.token.expose()), until: issued.until };
            mail::send(&tx, config, &self.email, None, &mail).await?;
        }
        Ok(tx.commit().await?)
    }
}
