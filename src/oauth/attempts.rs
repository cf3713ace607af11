//! Rows of dances that are under way. Each is used once, by the browser that began it.
use super::{Error, Result};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::oauth_attempt::{ActiveModel, Column, Entity, Model},
    seal::{BrowserId, Resealed, Sealer},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What somebody is on their way for. Each has an address of its own, and comes back as what it began as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Login,
    Connect,
    Verify,
}

impl Intent {
    const ALL: [Self; 3] = [Self::Login, Self::Connect, Self::Verify];
    const LASTS: Duration = Duration::from_secs(10 * 60);

    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Connect => "connect",
            Self::Verify => "verify",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.name() == name)
    }
}

/// In place of an intent: they are back, and have yet to say more.
const WAITING: &str = "finish";
/// As long as the link that may have to be waited for.
pub const WAITS_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Of one browser: tabs that were left open.
const AT_ONCE: usize = 10;

/// What a new one is about.
pub(super) struct New<'a> {
    pub provider: &'a str,
    /// None: they are back, and have yet to say more.
    pub intent: Option<Intent>,
    pub browser: &'a BrowserId,
    /// A person and the public id of their session.
    pub by: Option<(i64, String)>,
}

/// One that was used just now.
pub(super) struct Attempt<T> {
    pub intent: Intent,
    pub user_id: Option<i64>,
    pub session: Option<String>,
    pub created_at: Timestamp,
    pub sealed: T,
}

fn hash(secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

fn bound_to(id: &str) -> String {
    format!("oauth-attempt:{id}")
}

/// The oldest of too many makes room. Of those that wait to be finished there is one.
pub(super) async fn insert<T: Serialize>(db: &Db, config: &Config, state: &str, new: New<'_>, sealed: &T) -> Result<(), DbErr> {
    let (id, now) = (hash(state), Timestamp::now());
    let plain = serde_json::to_vec(sealed).map_err(|error| DbErr::Custom(format!("an attempt is no JSON: {error}")))?;
    let (user_id, session) = new.by.clone().unzip();
    let row = ActiveModel {
        sealed: Set(Sealer::new(&config.secret_key).seal(&bound_to(&id), &plain)),
        id: Set(id),
        provider: Set(new.provider.to_owned()),
        intent: Set(new.intent.map_or(WAITING, Intent::name).to_owned()),
        browser: Set(hash(new.browser.expose())),
        user_id: Set(user_id),
        session: Set(session),
        created_at: Set(now),
        expires_at: Set(now.after(new.intent.map_or(WAITS_FOR, |_| Intent::LASTS))),
        used_at: Set(None),
    };
    let tx = writing(db).await?;
    make_room(&tx, &new).await?;
    Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await
}

async fn make_room(tx: &Tx, new: &New<'_>) -> Result<(), DbErr> {
    let (kind, left) = match new.intent {
        Some(_) => (Column::Intent.ne(WAITING), AT_ONCE - 1),
        None => (Column::Intent.eq(WAITING), 0),
    };
    let rows = Entity::find().select_only().column(Column::Id).filter(Column::Browser.eq(hash(new.browser.expose()))).filter(kind);
    let ids: Vec<String> = rows.order_by_desc(Column::CreatedAt).order_by_asc(Column::Id).into_tuple().all(tx).await?;
    let old: Vec<String> = ids.into_iter().skip(left).collect();
    if old.is_empty() {
        return Ok(());
    }
    Entity::delete_many().filter(Column::Id.is_in(old)).exec(tx).await.map(drop)
}

/// One that was made under a clock that has been set back since would last too long, and counts no more.
fn is_open() -> Condition {
    let now = Timestamp::now();
    Condition::all().add(Column::UsedAt.is_null()).add(Column::ExpiresAt.gt(now)).add(Column::CreatedAt.lte(now.after(Timestamp::SKEW)))
}

async fn mark_used(connection: &impl ConnectionTrait, which: Condition) -> Result<bool, DbErr> {
    let update = Entity::update_many().col_expr(Column::UsedAt, Expr::value(Timestamp::now()));
    Ok(update.filter(which).filter(is_open()).exec(connection).await?.rows_affected == 1)
}

/// One statement, so that of many that bring the same state one goes on.
pub(super) async fn consume<T: DeserializeOwned>(
    db: &Db,
    config: &Config,
    provider: &str,
    browser: &BrowserId,
    state: &str,
) -> Result<Attempt<T>> {
    let id = hash(state);
    let which = Condition::all()
        .add(Column::Id.eq(&id))
        .add(Column::Provider.eq(provider))
        .add(Column::Browser.eq(hash(browser.expose())))
        .add(Column::Intent.ne(WAITING));
    if !mark_used(db, which).await? {
        return Err(Error::Stale);
    }
    let row = Entity::find_by_id(id).one(db).await?.ok_or(Error::Stale)?;
    let sealed = open(config, &row).ok_or(Error::Stale)?;
    let intent = Intent::parse(&row.intent).ok_or(Error::Stale)?;
    Ok(Attempt { intent, user_id: row.user_id, session: row.session, created_at: row.created_at, sealed })
}

fn open<T: DeserializeOwned>(config: &Config, row: &Model) -> Option<T> {
    let plain = Sealer::new(&config.secret_key).open(&bound_to(&row.id), &row.sealed)?;
    serde_json::from_slice(&plain).ok()
}

/// What waits in that browser to be finished, by the id of its row.
pub(super) async fn waiting<T: DeserializeOwned>(db: &Db, config: &Config, browser: &BrowserId) -> Result<Option<(String, T)>, DbErr> {
    let rows = Entity::find().filter(Column::Browser.eq(hash(browser.expose()))).filter(Column::Intent.eq(WAITING));
    let row = rows.filter(is_open()).order_by_desc(Column::CreatedAt).one(db).await?;
    Ok(row.and_then(|row| Some((row.id.clone(), open(config, &row)?))))
}

/// Refuses whoever comes second. What it held, tokens among it, is erased.
pub(super) async fn consume_waiting(tx: &Tx, id: &str) -> Result<()> {
    if !mark_used(tx, Condition::all().add(Column::Id.eq(id))).await? {
        return Err(Error::Stale);
    }
    let erase = Entity::update_many().col_expr(Column::Sealed, Expr::value("")).filter(Column::Id.eq(id));
    Ok(erase.exec(tx).await.map(drop)?)
}

/// Puts every one that is not over under the first key.
pub(super) async fn reseal(db: &Db, config: &Config) -> Result<Resealed, DbErr> {
    let (sealer, mut count, mut after) = (Sealer::new(&config.secret_key), Resealed::default(), String::new());
    loop {
        let rows = Entity::find().filter(Column::Id.gt(after.as_str())).filter(is_open()).order_by_asc(Column::Id).limit(500);
        let rows = rows.all(db).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after.clone_from(&last.id);
        for row in rows {
            if let Some(anew) = count.replace(&sealer, &bound_to(&row.id), &row.sealed) {
                let update = Entity::update_many().col_expr(Column::Sealed, Expr::value(anew)).filter(Column::Id.eq(row.id));
                // What is used up meanwhile stays erased.
                update.filter(Column::Sealed.eq(row.sealed)).exec(db).await?;
            }
        }
    }
}
