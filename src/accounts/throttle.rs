//! Limits on tries, counted in the database before the work, so that instances share them and a restart forgets none.
use super::{Client, User};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::throttle,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, UpdateStatement},
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

impl Limit {
    fn resets_at(&self, now: Timestamp, whom: &str) -> Timestamp {
        match self.window {
            Some(window) => now.after(window),
            None if whom.starts_with(NOBODY) => now.after(NOBODYS_STREAK),
            None => Timestamp::NEVER,
        }
    }
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
pub struct Tries {
    counted: Vec<(Limit, String)>,
    /// A limit is reached: the next try would be refused.
    were_last: bool,
}

/// What a limit counts: a person, a name that nobody has, a network, or two of these.
pub fn of_user(user: &User) -> String {
    format!("user:{}", user.id)
}

pub fn of_nobody(identifier: &str) -> String {
    format!("{NOBODY}{identifier}")
}

const NOBODY: &str = "nobody:";
/// So long after the first try, a streak of somebody who does not exist is forgotten; else their rows would pile up.
const NOBODYS_STREAK: Duration = Duration::from_secs(90 * 24 * 60 * 60);

pub fn of_client(client: &Client) -> String {
    client.network().to_string()
}

/// Counts one try against each limit, all or none.
pub async fn take(db: &Db, config: &Config, counted: Vec<(Limit, String)>) -> Result<Tries, Throttled> {
    let tx = writing(db).await?;
    tx.execute(&upsert(db.backend(), &counted)).await?;
    let ids = counted.iter().map(|(limit, whom)| id(limit, whom));
    let rows = throttle::Entity::find().filter(throttle::Column::Id.is_in(ids)).all(&tx).await?;
    let mut were_last = false;
    for (limit, whom) in &counted {
        let row = rows.iter().find(|row| row.id == id(limit, whom)).ok_or_else(lost)?;
        let left = i64::from(limit.tries) * i64::from(config.limit_scale) - row.count;
        if left < 0 {
            return Err(refusal(limit, row));
        }
        were_last |= left == 0;
    }
    tx.commit().await?;
    Ok(Tries { counted, were_last })
}

impl Tries {
    /// For the audit of a try that failed: those after it are refused unseen, so that nobody can fill the table.
    pub fn note(&self) -> &'static str {
        if self.were_last { ", the last try that a limit allows for now" } else { "" }
    }

    /// After a success: this try does not count, and a row of failures ends.
    pub async fn give_back(&self, tx: &Tx) -> Result<(), DbErr> {
        for (limit, whom) in &self.counted {
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
    let over = throttle::Column::ResetsAt.lte(Timestamp::now());
    let ids = throttle::Entity::find().select_only().column(throttle::Column::Id).filter(over.clone()).limit(1000);
    let batch: Vec<String> = ids.into_tuple().all(db).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    // Asked again, because a new try may have begun one of them anew meanwhile.
    let ended = throttle::Entity::delete_many().filter(throttle::Column::Id.is_in(batch)).filter(over).exec(db).await?;
    Ok(ended.rows_affected)
}

/// One statement, so that of many at once each sees a count of its own; a window that is over starts anew.
fn upsert(backend: DbBackend, counted: &[(Limit, String)]) -> InsertStatement {
    let now = Timestamp::now();
    let column = |column| Expr::col((throttle::Entity, column));
    let or_new = |new: Expr, old: Expr| CaseStatement::new().case(column(throttle::Column::ResetsAt).lte(now), new).finally(old);
    let new_end = match backend {
        DbBackend::MySql => Func::cust("VALUES").arg(Expr::col(throttle::Column::ResetsAt)).into(),
        _ => Expr::col(("excluded", throttle::Column::ResetsAt)),
    };
    let on_conflict = OnConflict::column(throttle::Column::Id)
        .value(throttle::Column::Count, or_new(Expr::value(1), column(throttle::Column::Count).add(1)))
        .value(throttle::Column::ResetsAt, or_new(new_end, column(throttle::Column::ResetsAt)))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(throttle::Entity).columns([throttle::Column::Id, throttle::Column::Count, throttle::Column::ResetsAt]);
    for (limit, whom) in counted {
        insert.values_panic([id(limit, whom).into(), 1.into(), limit.resets_at(now, whom).into()]);
    }
    insert.on_conflict(on_conflict).take()
}

fn lost() -> DbErr {
    DbErr::RecordNotFound("a throttle that was just written".to_owned())
}

fn decrement(id: &str) -> UpdateStatement {
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
