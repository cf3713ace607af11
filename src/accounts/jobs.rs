//! The queue as an admin sees it. Of a payload nothing is shown.
use super::{
    Actor, Error, Permission, Result,
    audit::{self, Action, Entry},
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
    update.filter(Column::Id.eq(id)).filter(is_free()).exec(&tx).await?;
    audit::record(&tx, actor.client, Entry::of(actor, Action::RetryJob).detail(format!("{} {id}", row.kind))).await?;
    Ok(tx.commit().await?)
}

/// Nothing brings it back. One of the schedule comes back by itself.
pub async fn discard(db: &Db, actor: &Actor<'_>, id: i64) -> Result<()> {
    let tx = writing(db).await?;
    let row = idle(&tx, actor, id).await?;
    job::Entity::delete_many().filter(Column::Id.eq(id)).filter(is_free()).exec(&tx).await?;
    audit::record(&tx, actor.client, Entry::of(actor, Action::DiscardJob).detail(format!("{} {id}", row.kind))).await?;
    Ok(tx.commit().await?)
}

/// Nobody works on it, or whoever did is taken for dead.
fn is_free() -> Condition {
    Condition::any().add(Column::Lease.is_null()).add(Column::DueAt.lte(Timestamp::now()))
}

async fn idle(tx: &crate::db::Tx, actor: &Actor<'_>, id: i64) -> Result<Row> {
    if !roles::may_still(tx, actor, Permission::ManageJobs).await? {
        return Err(Error::Beyond);
    }
    let row = job::Entity::find_by_id(id).one(tx).await?.ok_or(Error::Gone)?;
    if row.state == State::Done || row.is_running() { Err(Error::Gone) } else { Ok(row) }
}
