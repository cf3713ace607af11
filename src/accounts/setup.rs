//! The first admin: a link that the server prints as long as there is none.
use super::{
    Actor, Authenticated, Client, Error, NewUser, Result, User,
    audit::{self, Action, Entry},
    register,
    roles::{self, ADMIN, Authority, has_admin},
    sessions::{self, Renewal},
    throttle::{self, Whom, limits},
};
use crate::{
    config::{Config, SecretKeys},
    db::{Db, Timestamp, Tx, writing},
    entity::installation,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};
use secrecy::ExposeSecret;
use sha2::Sha256;

/// None once there is an admin. The same at every start and on every instance: nothing is stored but the installation's id.
pub async fn token(db: &Db, keys: &SecretKeys) -> Result<Option<String>, DbErr> {
    if has_admin(db).await? {
        return Ok(None);
    }
    let code = mac(keys.0[0].expose_secret(), &installation_id(db).await?).finalize().into_bytes();
    Ok(Some(BASE64_URL_SAFE_NO_PAD.encode(code)))
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Open,
    /// Right, but there is an admin by now.
    Used,
    Wrong,
}

pub async fn look(db: &Db, keys: &SecretKeys, token: &str) -> Result<Link, DbErr> {
    match (is_right(db, keys, token).await?, has_admin(db).await?) {
        (false, _) => Ok(Link::Wrong),
        (true, true) => Ok(Link::Used),
        (true, false) => Ok(Link::Open),
    }
}

/// Makes an account that is the admin, whose owner may be signed in at once. Of many at once one succeeds.
pub async fn register_admin(db: &Db, config: &Config, client: &Client, token: &str, new: NewUser) -> Result<Authenticated> {
    let tries = throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let mut user = tries.unless_overloaded(db, register::prepare(config, &new).await).await?;
    // Whoever can read what the server prints vouches for it.
    user.email_confirmed_at = Set(Some(Timestamp::now()));
    let tx = claim(db, config, client, token).await?;
    let user = register::insert(&tx, user).await?;
    finish(tx, client, &user).await?;
    Ok(Authenticated { user, by: "setup", tries: None })
}

/// Makes somebody who is signed in the admin; `renewal` moves their session.
pub async fn become_admin(db: &Db, config: &Config, client: &Client, token: &str, user: &User, renewal: &Renewal) -> Result<()> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let tx = claim(db, config, client, token).await?;
    sessions::renew(&tx, renewal).await?;
    finish(tx, client, user).await
}

/// Refuses unless the link is right and there is no admin, and locks out whoever claims it at the same time.
async fn claim(db: &Db, config: &Config, client: &Client, token: &str) -> Result<Tx> {
    let tx = writing(db).await?;
    Authority::lock(&tx, &Actor::command_line(client)).await?;
    if has_admin(&tx).await? || !is_right(&tx, &config.secret_key, token).await? {
        return Err(Error::LinkUsed);
    }
    Ok(tx)
}

async fn finish(tx: Tx, client: &Client, user: &User) -> Result<()> {
    let admin = roles::find(&tx, ADMIN).await?.ok_or(Error::Gone)?;
    roles::insert(&tx, user.id, &admin).await?;
    audit::record(&tx, client, Entry::by(user, Action::SetUp).detail(format!("username {}", user.username))).await?;
    Ok(tx.commit().await?)
}

/// By any of the keys, so that a link outlives their rotation; in constant time.
async fn is_right(connection: &impl ConnectionTrait, keys: &SecretKeys, token: &str) -> Result<bool, DbErr> {
    let Ok(code) = BASE64_URL_SAFE_NO_PAD.decode(token) else { return Ok(false) };
    let id = installation_id(connection).await?;
    Ok(keys.0.iter().any(|key| mac(key.expose_secret(), &id).verify_slice(&code).is_ok()))
}

fn mac(key: &[u8], installation: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length").chain_update(b"setup ").chain_update(installation)
}

async fn installation_id(connection: &impl ConnectionTrait) -> Result<String, DbErr> {
    let row = installation::Entity::find().one(connection).await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the installation's id".to_owned()))?.id)
}
