//! The first admin: a link that the server prints as long as there is none.
use super::{
    Actor, Authenticated, Client, Error, NewUser, Permission, Result, User,
    audit::{self, Action, Entry},
    register,
    roles::{self, Authority, Role, has_admin},
    sessions::{self, Renewal},
    throttle::{self, Whom, limits},
    tokens,
};
use crate::{
    config::{Config, SecretKeys},
    db::{Db, Timestamp, Tx, writing},
    entity::{installation, user},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// None once there is an admin. The same at every start and on every instance: nothing is stored but the installation's id.
pub async fn token(db: &Db, keys: &SecretKeys) -> Result<Option<String>, DbErr> {
    if has_admin(db).await? {
        return Ok(None);
    }
    let code = keys.mac("setup", &installation_id(db).await?);
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
    if !is_right(db, &config.secret_key, token).await? {
        return Err(Error::LinkUsed);
    }
    let mut user = tries.unless_overloaded(db, register::prepare(config, &new).await).await?;
    // Whoever can read what the server prints vouches for it.
    user.email_confirmed_at = Set(Some(Timestamp::now()));
    let (tx, admin) = claim(db, config, client, token).await?;
    let user = register::insert(&tx, user).await?;
    appoint(&tx, client, &admin, &user).await?;
    tx.commit().await?;
    Ok(Authenticated::now(user, "setup"))
}

/// Makes somebody who is signed in the admin; `renewal` moves their session.
pub async fn become_admin(db: &Db, config: &Config, client: &Client, token: &str, user: &User, renewal: &Renewal) -> Result<()> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let (tx, admin) = claim(db, config, client, token).await?;
    appoint(&tx, client, &admin, user).await?;
    sessions::rotate(&tx, renewal).await?;
    Ok(tx.commit().await?)
}

/// Refuses unless the link is right and there is no admin, and locks out whoever claims it at the same time.
async fn claim(db: &Db, config: &Config, client: &Client, token: &str) -> Result<(Tx, Role)> {
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, &Actor::command_line(client), Permission::ManageRoles).await?;
    if has_admin(&tx).await? || !is_right(&tx, &config.secret_key, token).await? {
        return Err(Error::LinkUsed);
    }
    Ok((tx, authority.admin))
}

async fn appoint(tx: &Tx, client: &Client, admin: &Role, user: &User) -> Result<()> {
    roles::insert(tx, user.id, admin).await?;
    // Whoever can read what the server prints vouches for the address too.
    user::Entity::update_many()
        .col_expr(user::Column::EmailConfirmedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::EmailConfirmedAt.is_null())
        .exec(tx)
        .await?;
    tokens::void(tx, user.id, None).await?;
    Ok(audit::record(tx, client, Entry::by(user, Action::SetUp)).await?)
}

/// By any of the keys, so that a link outlives their rotation; in constant time.
async fn is_right(connection: &impl ConnectionTrait, keys: &SecretKeys, token: &str) -> Result<bool, DbErr> {
    let Ok(code) = BASE64_URL_SAFE_NO_PAD.decode(token) else { return Ok(false) };
    let id = installation_id(connection).await?;
    Ok(keys.is_mac("setup", &id, &code))
}

async fn installation_id(connection: &impl ConnectionTrait) -> Result<String, DbErr> {
    let row = installation::Entity::find().one(connection).await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the installation's id".to_owned()))?.id)
}
