//! Who has a job. A lease is one conditional statement, so that of many workers one gets it; whoever dies with it loses it when
//! it runs out.
use super::State;
use crate::{
    db::{Db, Timestamp},
    entity::job::{self, Column, Entity},
    seal::random_id,
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany, sea_query::Expr};
use std::time::Duration;

/// A job that this worker has, and no other until `due_at` of its row.
#[derive(Clone, Debug)]
pub struct Leased {
    pub id: i64,
    pub public_id: String,
    pub kind: String,
    pub payload: String,
    /// This one included.
    pub tries: u32,
    pub created_at: Timestamp,
    lease: String,
}

/// At most `count` of those that are due, of the kinds that this version knows: a newer one beside it takes the others.
pub async fn take(db: &Db, kinds: &[&str], count: usize, lasts: Duration) -> Result<Vec<Leased>, DbErr> {
    let due = Entity::find()
        .filter(Column::State.eq(State::Waiting))
        .filter(is_due())
        .filter(Column::Kind.is_in(kinds.iter().copied()))
        .order_by_asc(Column::DueAt)
        .limit(count as u64)
        .all(db)
        .await?;
    let mut taken = Vec::new();
    for row in due {
        taken.extend(lease(db, row, lasts).await?);
    }
    Ok(taken)
}

/// Nothing waits for longer than this.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Or made due under a clock that was set back since: it would wait for too long.
fn is_due() -> Condition {
    let now = Timestamp::now();
    Condition::any().add(Column::DueAt.lte(now)).add(Column::DueAt.gt(now.after(LONGEST).after(Timestamp::SKEW)))
}

/// None where another worker was faster.
async fn lease(db: &Db, row: job::Model, lasts: Duration) -> Result<Option<Leased>, DbErr> {
    let lease = random_id();
    let update = Entity::update_many()
        .col_expr(Column::Lease, Expr::value(lease.as_str()))
        .col_expr(Column::Tries, Expr::value(row.tries + 1))
        .col_expr(Column::DueAt, Expr::value(Timestamp::now().after(lasts)))
        .filter(Column::Id.eq(row.id))
        .filter(Column::State.eq(State::Waiting))
        .filter(Column::Tries.eq(row.tries))
        .filter(Column::DueAt.eq(row.due_at));
    let tries = row.tries as u32 + 1;
    Ok((update.exec(db).await?.rows_affected == 1).then_some(Leased {
        id: row.id,
        public_id: row.public_id,
        kind: row.kind,
        payload: row.payload,
        tries,
        created_at: row.created_at,
        lease,
    }))
}

/// Done for good: nobody needs its payload any more.
pub async fn done(db: &Db, leased: &Leased) -> Result<bool, DbErr> {
    end(db, leased, State::Done, "").await
}

/// To be tried again after `pause`; None: this was the last time, and it waits for somebody to look.
pub async fn failed(db: &Db, leased: &Leased, pause: Option<Duration>, error: &str) -> Result<bool, DbErr> {
    match pause {
        Some(pause) => free(db, leased, leased.tries, pause, error).await,
        None => end(db, leased, State::Parked, error).await,
    }
}

/// Of the schedule: due again after `pause`, as new.
pub async fn again(db: &Db, leased: &Leased, pause: Duration) -> Result<bool, DbErr> {
    free(db, leased, 0, pause, "").await
}

async fn end(db: &Db, leased: &Leased, state: State, error: &str) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::EndedAt, Expr::value(Timestamp::now()))
        .col_expr(Column::Error, Expr::value(shortened(error)));
    if state == State::Done {
        update = update.col_expr(Column::Payload, Expr::value(""));
    }
    release(db, leased, update).await
}

async fn free(db: &Db, leased: &Leased, tries: u32, pause: Duration, error: &str) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::Tries, Expr::value(tries as i32))
        .col_expr(Column::DueAt, Expr::value(Timestamp::now().after(pause)))
        .col_expr(Column::Error, Expr::value(shortened(error)));
    release(db, leased, update).await
}

/// False where the lease ran out meanwhile and somebody else has it, or it was discarded.
async fn release(db: &Db, leased: &Leased, update: UpdateMany<Entity>) -> Result<bool, DbErr> {
    let held = Condition::all().add(Column::Id.eq(leased.id)).add(Column::Lease.eq(leased.lease.as_str()));
    let update = update.col_expr(Column::Lease, Expr::value(None::<String>)).filter(held);
    Ok(update.exec(db).await?.rows_affected == 1)
}

fn shortened(error: &str) -> String {
    error.chars().take(255).collect()
}
