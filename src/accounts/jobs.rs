//! The queue as an admin sees it. Of a payload nothing is shown.
use super::{
    Actor, Error, Permission, Result,
    audit::{self, Action, Entry},
    people::Count,
    roles,
};
use crate::{
    db::{
        Db, Timestamp,
        paging::{self, Part, Slice},
        writing,
    },
    entity::job::{self, Column},
    jobs::{Row, State},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

pub const PAGE: u64 = 50;

/// The newest first.
pub async fn list(db: &Db, state: Option<State>, part: Part<i64>) -> Result<Slice<Row>, DbErr> {
    let query = job::Entity::find().filter(Condition::all().add_option(state.map(|state| Column::State.eq(state))));
    let mut cursor = query.cursor_by(Column::Id);
    cursor.desc();
    paging::read(db, cursor, part, PAGE).await
}

/// How many wait, those of the schedule included, and how many are parked.
pub async fn count(db: &Db) -> Result<(Count, Count), DbErr> {
    let of = async |state: State| Count::of(db, job::Entity::find().filter(Column::State.eq(state))).await;
    Ok((of(State::Waiting).await?, of(State::Parked).await?))
}

/// Due at once, with as many tries as a new one. Refuses where it is done, or somebody works on it.
pub async fn retry(db: &Db, actor: &Actor<'_>, id: i64) -> Result<()> {
    let update = job::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Waiting))
        .col_expr(Column::Tries, Expr::value(0))
        .col_expr(Column::DueAt, Expr::value(Timestamp::now()))
        .col_expr(Column::Lease, Expr::value(None::<String>))
        .col_expr(Column::EndedAt, Expr::value(None::<Timestamp>));
    let tx = writing(db).await?;
    let row = idle(&tx, actor, id).await?;
    if update.filter(Column::Id.eq(id)).filter(is_free()).exec(&tx).await?.rows_affected == 0 {
        return Err(Error::Gone);
    }
    audit::record(&tx, actor.client, Entry::of(actor, Action::RetryJob).on_job(&row)).await?;
    Ok(tx.commit().await?)
}

/// Nothing brings it back. Refuses as `retry` does, and for what is due again and again.
pub async fn discard(db: &Db, actor: &Actor<'_>, id: i64) -> Result<()> {
    let tx = writing(db).await?;
    let row = idle(&tx, actor, id).await?;
    let deleted = job::Entity::delete_many().filter(Column::Id.eq(id)).filter(is_free()).exec(&tx).await?.rows_affected;
    if row.is_of_the_schedule() || deleted == 0 {
        return Err(Error::Gone);
    }
    audit::record(&tx, actor.client, Entry::of(actor, Action::DiscardJob).on_job(&row)).await?;
    Ok(tx.commit().await?)
}

/// Not done, and nobody works on it, or whoever did is taken for dead.
fn is_free() -> Condition {
    let free = Condition::any().add(Column::Lease.is_null()).add(Column::DueAt.lte(Timestamp::now()));
    Condition::all().add(Column::State.ne(State::Done)).add(free)
}

async fn idle(tx: &crate::db::Tx, actor: &Actor<'_>, id: i64) -> Result<Row> {
    if !roles::may_still(tx, actor, Permission::ManageJobs).await? {
        return Err(Error::Beyond);
    }
    let row = job::Entity::find_by_id(id).one(tx).await?.ok_or(Error::Gone)?;
    if row.state == State::Done || row.is_running() { Err(Error::Gone) } else { Ok(row) }
}
