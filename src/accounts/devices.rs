//! Browsers that somebody signed in with. A new one is told to its owner, who may say that it was not them.
use super::{
    Client, Error, Result, Token, User,
    audit::{self, Action, Entry},
    identities, links, lock, sessions,
    throttle::{self, Whom, limits},
    tokens::{self, Issue, Issued, Purpose, Row},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::{device, user},
    mail::{self, Link, messages},
    seal::BrowserId,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A browser that was not used for longer is new again.
pub const KNOWN_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Of each person another one, so that nobody can tell who else uses a browser.
fn hash(browser: &BrowserId, user: &User) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{} {}", user.id, browser.expose())))
}

/// Somebody signs in with it; `session` is the public id of what begins. Whoever signed in before, with others only, is told.
pub(super) async fn remember_and_tell(
    tx: &Tx,
    config: &Config,
    client: &Client,
    user: &User,
    device: &BrowserId,
    session: &str,
) -> Result<(), DbErr> {
    if !remember(tx, user, device).await? || user.last_sign_in_at.is_none() || !config.has_mail() {
        return Ok(());
    }
    let issue = Issue { user: Some(user), email: Some(&user.email), session: Some(session), ..Issue::of(Purpose::NotMe) };
    let Issued { token, until } = tokens::issue(tx, &issue).await?;
    let (username, at, not_me) = (user.username.clone(), Timestamp::now(), Link::to("/account/not-me", token.expose()));
    // Whoever signs in says what this is: no address to click on.
    let words = client.user_agent.split_whitespace().filter(|word| !word.contains("://"));
    let (browser, ip) = (words.collect::<Vec<_>>().join(" ").chars().take(120).collect(), client.ip.to_string());
    mail::send(tx, config, &user.email, Some(user.id), &messages::NewDevice { username, at, browser, ip, not_me, until }).await
}

/// True where it is new.
async fn remember(tx: &Tx, user: &User, device: &BrowserId) -> Result<bool, DbErr> {
    let (id, now) = (hash(device, user), Timestamp::now());
    let known = device::Entity::update_many().col_expr(device::Column::LastUsedAt, Expr::value(now)).filter(device::Column::Id.eq(&id));
    if known.filter(device::Column::LastUsedAt.gt(now.before(KNOWN_FOR))).exec(tx).await?.rows_affected > 0 {
        return Ok(false);
    }
    device::Entity::delete_by_id(&id).exec(tx).await?;
    let row = device::ActiveModel { id: Set(id), user_id: Set(user.id), created_at: Set(now), last_used_at: Set(now) };
    device::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}

/// From now on each is new to the person.
pub(super) async fn forget(tx: &Tx, user: &User) -> Result<(), DbErr> {
    device::Entity::delete_many().filter(device::Column::UserId.eq(user.id)).exec(tx).await.map(drop)
}

pub(super) fn over() -> Condition {
    Condition::all().add(device::Column::LastUsedAt.lte(Timestamp::now().before(KNOWN_FOR)))
}

/// Whose session the link ends.
pub async fn find_not_me(db: &Db, token: &Token) -> Result<User> {
    Ok(read(db, token).await?.1)
}

async fn read(db: &Db, token: &Token) -> Result<(Row, User)> {
    let row = tokens::find(db, Purpose::NotMe, token).await?.ok_or(Error::LinkUsed)?;
    let user = user::Entity::find_by_id(row.user_id.ok_or(Error::LinkUsed)?).one(db).await?.ok_or(Error::LinkUsed)?;
    Ok((row, user))
}

/// Ends the session that the link is about and every later one, disconnects what was connected since, and mails a link for a new password. False: the account has another address by now,
/// so that only the link by which that is undone helps.
pub async fn not_me(db: &Db, config: &Config, client: &Client, token: &Token) -> Result<bool> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let (row, user) = read(db, token).await?;
    let tx = writing(db).await?;
    let user = lock(&tx, user.id).await?.ok_or(Error::LinkUsed)?;
    let is_theirs = row.email.as_ref() == Some(&user.email);
    tokens::consume(&tx, Purpose::NotMe, token).await?;
    if let Some(session) = &row.session {
        sessions::delete(&tx, session).await?;
    }
    // Whoever signed in once more with that browser has another one by now.
    sessions::end_since(&tx, user.id, row.created_at).await?;
    forget(&tx, &user).await?;
    identities::forget(&tx, config, &user, Some(row.created_at)).await?;
    if is_theirs && user.is_active() {
        links::send_recovery(&tx, config, &user, &user.email).await?;
    }
    audit::record(&tx, client, Entry::about(Some(&user), Action::NotMe)).await?;
    tx.commit().await?;
    Ok(is_theirs)
}
