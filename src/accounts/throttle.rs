//! Limits on tries, counted in the database before the work, so that instances share them and a restart forgets none.
use super::{Error, Result, User, audit::Outcome};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::throttle,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, UpdateStatement},
};
use sha2::{Digest, Sha256};
use std::{fmt, net::IpAddr, time::Duration};

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
    /// Forms behind a one-time link.
    pub const LINK: Limit = Limit { name: "link", tries: 20, window: QUARTER };
    /// Mails that somebody asks for.
    pub const MAIL_CLIENT: Limit = Limit { name: "mail-client", tries: 20, window: HOUR };
    pub const MAIL_ADDRESS: Limit = Limit { name: "mail-address", tries: 5, window: HOUR };
    pub const MAIL_ADDRESS_MINUTE: Limit = Limit { name: "mail-address-minute", tries: 1, window: Some(Duration::from_secs(60)) };
    /// Starts at a provider, and comings back from it.
    pub const OAUTH: Limit = Limit { name: "oauth", tries: 60, window: QUARTER };
    /// Mails about a connection that a provider ended.
    pub const LOST: Limit = Limit { name: "lost", tries: 3, window: Some(Duration::from_secs(24 * 60 * 60)) };
    pub const REGISTER: Limit = Limit { name: "register", tries: 10, window: HOUR };
}

/// Whom a limit counts.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    User(i64),
    /// An identifier that nobody has.
    Nobody(&'a str),
    Client(IpAddr),
    /// An email address, whoever has it.
    Address(&'a str),
}

impl fmt::Display for Whom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Nobody(identifier) => write!(f, "nobody:{identifier}"),
            Self::Address(email) => write!(f, "address:{email}"),
            Self::Client(network) => write!(f, "client:{network}"),
        }
    }
}

/// So long after the first try, a streak of somebody who does not exist is forgotten; else their rows would pile up.
const NOBODYS_STREAK: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// One row: a limit and whom it counts.
#[derive(Debug)]
pub struct Counter {
    limit: Limit,
    /// Hashed: the table tells nobody who tried to sign in.
    id: String,
    lasts: Option<Duration>,
}

impl Limit {
    /// Counts all of `whom` together, as somebody from one network.
    pub fn on<const N: usize>(self, whom: [Whom<'_>; N]) -> Counter {
        let nobody = whom.iter().any(|whom| matches!(whom, Whom::Nobody(_)));
        let hash = Sha256::digest(whom.map(|whom| whom.to_string()).join(" "));
        let id = format!("{}:{}", self.name, BASE64_URL_SAFE_NO_PAD.encode(&hash[..24]));
        Counter { limit: self, id, lasts: self.window.or(nobody.then_some(NOBODYS_STREAK)) }
    }
}

/// Tries that were counted and may be given back.
#[derive(Debug)]
pub struct Tries {
    counters: Vec<Counter>,
    were_last: bool,
}

/// Counts one try by each counter, all or none.
pub async fn take(db: &Db, config: &Config, counters: impl Into<Vec<Counter>>) -> Result<Tries> {
    let counters = counters.into();
    let tx = writing(db).await?;
    tx.execute(&upsert(db.backend(), &counters)).await?;
    let ids = counters.iter().map(|counter| counter.id.as_str());
    let rows = throttle::Entity::find().filter(throttle::Column::Id.is_in(ids)).all(&tx).await?;
    let mut were_last = false;
    for counter in &counters {
        let row = rows.iter().find(|row| row.id == counter.id);
        let row = row.ok_or_else(|| DbErr::RecordNotFound("a throttle that was just written".to_owned()))?;
        let left = i64::from(counter.limit.tries) * i64::from(config.limit_scale) - row.count;
        if left < 0 {
            return Err(refusal(&counter.limit, row));
        }
        were_last |= left == 0;
    }
    tx.commit().await?;
    Ok(Tries { counters, were_last })
}

impl Tries {
    /// How the audit calls it when they failed.
    pub fn failure(&self) -> Outcome {
        if self.were_last { Outcome::Closed } else { Outcome::Failure }
    }

    /// What the queue of hashes turned away was no try.
    pub async fn unless_overloaded<T>(&self, db: &Db, result: Result<T>) -> Result<T> {
        if matches!(result, Err(Error::Overloaded)) {
            let tx = writing(db).await?;
            for counter in &self.counters {
                tx.execute(&decrement(&counter.id)).await?;
            }
            tx.commit().await?;
        }
        result
    }

    /// After a success: this try does not count, and a row of failures ends.
    pub async fn give_back(&self, tx: &Tx) -> Result<(), DbErr> {
        for counter in &self.counters {
            if counter.limit.window.is_some() {
                tx.execute(&decrement(&counter.id)).await?;
            } else {
                throttle::Entity::delete_by_id(&counter.id).exec(tx).await?;
            }
        }
        Ok(())
    }
}

/// A password that was set anew opens the door that a hundred failures closed.
pub async fn forgive(tx: &Tx, user: &User) -> Result<(), DbErr> {
    let streak = limits::SIGN_IN_STREAK.on([Whom::User(user.id)]);
    throttle::Entity::delete_by_id(streak.id).exec(tx).await.map(drop)
}

pub(super) fn over() -> Condition {
    Condition::all().add(throttle::Column::ResetsAt.lte(Timestamp::now()))
}

/// One statement, so that of many at once each sees a count of its own; a window that is over starts anew, as
/// does one that ends later than it could, under a clock that was set back.
fn upsert(backend: DbBackend, counters: &[Counter]) -> InsertStatement {
    let now = Timestamp::now();
    let column = |column| Expr::col((throttle::Entity, column));
    let new_end: Expr = match backend {
        DbBackend::MySql => Func::cust("VALUES").arg(Expr::col(throttle::Column::ResetsAt)).into(),
        _ => Expr::col(("excluded", throttle::Column::ResetsAt)),
    };
    let too_far = column(throttle::Column::ResetsAt).sub(Timestamp::SKEW.as_millis() as i64).gt(new_end.clone());
    let is_over = column(throttle::Column::ResetsAt).lte(now).or(too_far);
    let or_new = |new: Expr, old: Expr| CaseStatement::new().case(is_over.clone(), new).finally(old);
    let on_conflict = OnConflict::column(throttle::Column::Id)
        .value(throttle::Column::Count, or_new(Expr::value(1), column(throttle::Column::Count).add(1)))
        .value(throttle::Column::ResetsAt, or_new(new_end, column(throttle::Column::ResetsAt)))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(throttle::Entity).columns([throttle::Column::Id, throttle::Column::Count, throttle::Column::ResetsAt]);
    for counter in counters {
        let resets_at = counter.lasts.map_or(Timestamp::NEVER, |lasts| now.after(lasts));
        insert.values_panic([counter.id.as_str().into(), 1.into(), resets_at.into()]);
    }
    insert.on_conflict(on_conflict).take()
}

fn decrement(id: &str) -> UpdateStatement {
    Query::update()
        .table(throttle::Entity)
        .value(throttle::Column::Count, Expr::col(throttle::Column::Count).sub(1))
        .and_where(throttle::Column::Id.eq(id))
        .and_where(throttle::Column::Count.gt(0))
        .take()
}

fn refusal(limit: &Limit, row: &throttle::Model) -> Error {
    match limit.window {
        Some(window) => Error::Throttled(row.resets_at.since(Timestamp::now()).clamp(Duration::from_secs(1), window)),
        None => Error::Locked,
    }
}
