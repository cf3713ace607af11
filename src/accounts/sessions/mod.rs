//! Rows of the table `sessions`: who is signed in where. Knows nothing of cookies.
mod data;
mod viewer;

pub use data::{create_anonymous, datum, save_data};
pub use viewer::{Confirmation, Found, Session, Viewer, find};

use super::{
    Authenticated, Client, Error, Result, User,
    audit::{self, Action, Entry},
    devices,
};
use crate::{
    config::{Config, Lifetime},
    db::{Db, Timestamp, Tx, writing},
    entity::{session, user},
    seal::{BrowserId, random_id},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, DeriveValueType, EntityTrait, QueryFilter, sea_query::Expr,
};
use sha2::{Digest, Sha256};

/// SHA-256 of a cookie's value: the key of its row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
pub struct Key(String);

impl Key {
    pub fn of(cookie: &str) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(cookie)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the browser had before.
pub struct CameWith<'a> {
    /// The public id of its session.
    pub session: Option<&'a str>,
    /// None where nobody is told of new ones.
    pub device: Option<&'a BrowserId>,
}

/// Replaces whatever session the browser had before, and answers the public id of the new one. Refuses where the account was
/// deactivated, or its password set anew, since it was read: a sign-in with the old password must not outlive a reset.
pub async fn begin(
    db: &Db,
    config: &Config,
    client: &Client,
    who: &Authenticated,
    remember: bool,
    key: &Key,
    came_with: &CameWith<'_>,
) -> Result<String> {
    let tx = writing(db).await?;
    if !mark_signed_in(&tx, who).await? {
        return Err(Error::Changed);
    }
    if let Some(tries) = &who.tries {
        tries.give_back(&tx).await?;
    }
    if let Some(replaced) = came_with.session {
        delete(&tx, replaced).await?;
    }
    let public_id = random_id();
    let row = session::ActiveModel { proven_at: Set(who.proven_at), ..row(Some(who.user.id), config, client, remember, key, &public_id) };
    session::Entity::insert(row).exec_without_returning(&tx).await?;
    if let Some(device) = came_with.device {
        devices::remember_and_tell(&tx, config, client, &who.user, device, &public_id).await?;
    }
    audit::record(&tx, client, Entry::by(&who.user, Action::SignIn).detail(who.by.as_ref())).await?;
    tx.commit().await?;
    Ok(public_id)
}

/// By the id that outlives renewals: one that runs at the same time has changed the other.
pub(super) async fn delete(tx: &Tx, public_id: &str) -> Result<bool, DbErr> {
    let deleted = session::Entity::delete_many().filter(session::Column::PublicId.eq(public_id)).exec(tx).await?;
    Ok(deleted.rows_affected > 0)
}

async fn mark_signed_in(tx: &Tx, who: &Authenticated) -> Result<bool, DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::LastSignInAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(who.user.id))
        .filter(user::Column::DeactivatedAt.is_null())
        .filter(user::Column::Credentials.eq(who.user.credentials));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

fn row(user_id: Option<i64>, config: &Config, client: &Client, remember: bool, key: &Key, public_id: &str) -> session::ActiveModel {
    let now = Timestamp::now();
    let lifetime = config.lifetime(remember);
    session::ActiveModel {
        id: Set(key.as_str().to_owned()),
        public_id: Set(public_id.to_owned()),
        user_id: Set(user_id),
        data: Set("{}".to_owned()),
        remember: Set(remember),
        created_at: Set(now),
        last_seen_at: Set(now),
        proven_at: Set(None),
        idle_at: Set(now.after(lifetime.idle)),
        ends_at: Set(now.after(lifetime.absolute)),
        ip: Set(client.ip.to_string()),
        user_agent: Set(client.user_agent.chars().take(255).collect()),
    }
}

/// A session's move to another key.
#[derive(Clone, Debug)]
pub struct Renewal {
    pub old: Key,
    pub new: Key,
    pub lifetime: Lifetime,
}

/// A new key for the same session, whose person has just proved who they are.
pub async fn renew(connection: &impl ConnectionTrait, renewal: &Renewal) -> Result<()> {
    let proven = session::Entity::update_many().col_expr(session::Column::ProvenAt, Expr::value(Timestamp::now()));
    move_to(connection, renewal, proven).await
}

/// A new key for the same session, of somebody who may now do something else.
pub async fn rotate(connection: &impl ConnectionTrait, renewal: &Renewal) -> Result<()> {
    move_to(connection, renewal, session::Entity::update_many()).await
}

/// One statement, so that nothing can end the session in between and be undone. Refuses where it was ended meanwhile.
async fn move_to(connection: &impl ConnectionTrait, renewal: &Renewal, update: sea_orm::UpdateMany<session::Entity>) -> Result<()> {
    let now = Timestamp::now();
    let update = update
        .col_expr(session::Column::Id, Expr::value(renewal.new.as_str()))
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .col_expr(session::Column::IdleAt, Expr::value(now.after(renewal.lifetime.idle)))
        .filter(session::Column::Id.eq(renewal.old.as_str()));
    match update.exec(connection).await?.rows_affected {
        0 => Err(Error::Changed),
        _ => Ok(()),
    }
}

/// `user` is who was signed in with it.
pub async fn end(db: &Db, client: &Client, public_id: &str, user: Option<&User>) -> Result<(), DbErr> {
    let tx = writing(db).await?;
    if delete(&tx, public_id).await?
        && let Some(user) = user
    {
        audit::record(&tx, client, Entry::by(user, Action::SignOut)).await?;
    }
    tx.commit().await
}

/// Those of a person that began at `since` or later.
pub(super) async fn end_since(tx: &Tx, user_id: i64, since: Timestamp) -> Result<(), DbErr> {
    let sessions = session::Entity::delete_many().filter(session::Column::UserId.eq(user_id));
    sessions.filter(session::Column::CreatedAt.gte(since)).exec(tx).await.map(drop)
}

/// Whether it was not ended meanwhile.
pub async fn is_there(connection: &impl ConnectionTrait, user_id: i64, public_id: &str) -> Result<bool, DbErr> {
    let session = session::Entity::find().filter(session::Column::PublicId.eq(public_id)).filter(session::Column::UserId.eq(user_id));
    Ok(session.one(connection).await?.is_some())
}

/// Every session of a person but `keep`. Answers how many.
pub async fn end_all(tx: &Tx, user_id: i64, keep: Option<&Key>) -> Result<u64, DbErr> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::UserId.eq(user_id));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::Id.ne(keep.as_str()));
    }
    Ok(sessions.exec(tx).await?.rows_affected)
}

/// Seen now: postpones the idle end. Conditional, so that of many pages at once one writes: false for the others.
pub async fn touch(db: &Db, session: &Session, lifetime: Lifetime) -> Result<bool, DbErr> {
    let now = Timestamp::now();
    let update = session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .col_expr(session::Column::IdleAt, Expr::value(now.after(lifetime.idle)))
        .filter(session::Column::Id.eq(session.key.as_str()))
        .filter(session::Column::LastSeenAt.eq(session.last_seen_at));
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// They sign nobody in even before they are deleted.
pub(super) fn over() -> Condition {
    let now = Timestamp::now();
    Condition::any().add(session::Column::IdleAt.lte(now)).add(session::Column::EndsAt.lte(now))
}
