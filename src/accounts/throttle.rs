//! Limits on tries, counted in the database before the work, so that instances share them and a restart forgets none.
use super::{Client, User};
use crate::{
    db::{Db, Timestamp, Tx, writing},
    entity::throttle,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query},
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How often something may be tried. The whole table of them is [`limits`].
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    name: &'static str,
    tries: u32,
    /// None: a streak, which only a success or a new password ends.
    window: Option<Duration>,
}

pub mod limits {
    use super::{Duration, Limit};
    const QUARTER: Option<Duration> = Some(Duration::from_secs(15 * 60));
    const HOUR: Option<Duration> = Some(Duration::from_secs(60 * 60));

    pub const SIGN_IN: Limit = Limit { name: "sign-in", tries: 10, window: QUARTER };
    pub const SIGN_IN_CLIENT: Limit = Limit { name: "sign-in-client", tries: 50, window: QUARTER };
    pub const SIGN_IN_STREAK: Limit = Limit { name: "sign-in-streak", tries: 100, window: None };
    pub const PROOF: Limit = Limit { name: "proof", tries: 10, window: QUARTER };
    pub const REGISTER: Limit = Limit { name: "register", tries: 10, window: HOUR };
}

#[derive(Debug, thiserror::Error)]
pub enum Throttled {
    /// Try again after so long.
    #[error("too many tries")]
    For(Duration),
    /// Waiting does not help, a new password does.
    #[error("too many tries in a row")]
    UntilNewPassword,
    #[error("the database")]
    Database(#[from] DbErr),
}

/// Tries that were counted and may be given back.
#[derive(Debug)]
pub struct Tries(Vec<(Limit, String)>);

/// What a limit counts: a person, a name that nobody has, a network, or two of these.
pub fn of_user(user: &User) -> String {
    format!("user:{}", user.id)
}

pub fn of_nobody(identifier: &str) -> String {
    format!("{NOBODY}{identifier}")
}

const NOBODY: &str = "nobody:";
/// So long after the last try, a streak of somebody who does not exist is forgotten; else their rows would pile up.
const NOBODYS_STREAK: Duration = Duration::from_secs(90 * 24 * 60 * 60);

pub fn of_client(client: &Client) -> String {
    client.network().to_string()
}

/// Counts one try against each limit, all or none. `scale` multiplies every limit.
pub async fn take(db: &Db, scale: u32, counted: Vec<(Limit, String)>) -> Result<Tries, Throttled> {
    let tx = writing(db).await?;
    for (limit, whom) in &counted {
        let row = count(&tx, limit, whom).await?;
        if row.count > i64::from(limit.tries) * i64::from(scale) {
            return Err(refusal(limit, &row));
        }
    }
    tx.commit().await?;
    Ok(Tries(counted))
}

impl Tries {
    /// After a success: this try does not count, and a row of failures ends.
    pub async fn give_back(&self, tx: &Tx) -> Result<(), DbErr> {
        for (limit, whom) in &self.0 {
            let id = id(limit, whom);
            if limit.window.is_some() {
                tx.execute(&decrement(&id)).await?;
            } else {
                throttle::Entity::delete_by_id(id).exec(tx).await?;
            }
        }
        Ok(())
    }
}

/// A password that was set anew opens the door that a hundred failures closed.
pub async fn forgive(tx: &Tx, user: &User) -> Result<(), DbErr> {
    let streak = id(&limits::SIGN_IN_STREAK, &of_user(user));
    throttle::Entity::delete_by_id(streak).exec(tx).await.map(drop)
}

/// Deletes what no longer counts, at most 1000 rows at a time.
pub async fn clean_up(db: &Db) -> Result<u64, DbErr> {
    let over = Query::select()
        .column(throttle::Column::Id)
        .from(throttle::Entity)
        .and_where(throttle::Column::ResetsAt.lte(Timestamp::now()))
        .limit(1000)
        .take();
    let ended = throttle::Entity::delete_many().filter(throttle::Column::Id.in_subquery(over)).exec(db).await?;
    Ok(ended.rows_affected)
}

/// One upsert, so that of many at once each sees a count of its own; a window that is over starts anew.
async fn count(tx: &Tx, limit: &Limit, whom: &str) -> Result<throttle::Model, DbErr> {
    let now = Timestamp::now();
    let resets_at = match limit.window {
        Some(window) => now.after(window),
        None if whom.starts_with(NOBODY) => now.after(NOBODYS_STREAK),
        None => Timestamp::NEVER,
    };
    let id = id(limit, whom);
    let over = || Expr::col((throttle::Entity, throttle::Column::ResetsAt)).lte(now);
    let or_new = |new: Expr, old: Expr| CaseStatement::new().case(over(), new).finally(old);
    let old_end = || Expr::col((throttle::Entity, throttle::Column::ResetsAt));
    let new_end = if limit.window.is_some() { or_new(Expr::value(resets_at), old_end()).into() } else { Expr::value(resets_at) };
    let count = Expr::col((throttle::Entity, throttle::Column::Count));
    let upsert = Query::insert()
        .into_table(throttle::Entity)
        .columns([throttle::Column::Id, throttle::Column::Count, throttle::Column::ResetsAt])
        .values_panic([id.clone().into(), 1.into(), resets_at.into()])
        .on_conflict(
            OnConflict::column(throttle::Column::Id)
                .value(throttle::Column::Count, or_new(Expr::value(1), count.add(1)))
                .value(throttle::Column::ResetsAt, new_end)
                .to_owned(),
        )
        .take();
    tx.execute(&upsert).await?;
    throttle::Entity::find_by_id(id).one(tx).await?.ok_or_else(|| DbErr::RecordNotFound("a throttle that was just written".to_owned()))
}

fn decrement(id: &str) -> sea_orm::sea_query::UpdateStatement {
    Query::update()
        .table(throttle::Entity)
        .value(throttle::Column::Count, Expr::col(throttle::Column::Count).sub(1))
        .and_where(throttle::Column::Id.eq(id))
        .and_where(throttle::Column::Count.gt(0))
        .take()
}

fn refusal(limit: &Limit, row: &throttle::Model) -> Throttled {
    match limit.window {
        Some(window) => Throttled::For(row.resets_at.since(Timestamp::now()).clamp(Duration::from_secs(1), window)),
        None => Throttled::UntilNewPassword,
    }
}

/// Hashed: the table tells nobody who tried to sign in.
fn id(limit: &Limit, whom: &str) -> String {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(whom)[..24]);
    format!("{}:{hash}", limit.name)
}
