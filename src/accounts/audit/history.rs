//! Reading the audit: newest first.
use super::{Action, Outcome, Record};
use crate::{
    db::{
        Db, Timestamp,
        paging::{self, Part, Slice},
    },
    entity::audit::{self, Column},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// What to read. Nothing set: everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: Option<i64>,
    /// As `user:7`.
    pub target: Option<String>,
    pub action: Option<Action>,
    pub outcome: Option<Outcome>,
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Filter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.actor.map(|id| Column::ActorId.eq(id)))
            .add_option(self.target.as_ref().map(|target| Column::Target.eq(target)))
            .add_option(self.action.map(|action| Column::Action.eq(action.name())))
            .add_option(self.outcome.map(|outcome| Column::Outcome.eq(outcome.name())))
            .add_option(self.from.map(|from| Column::At.gte(from)))
            .add_option(self.until.map(|until| Column::At.lt(until)))
    }
}

pub const PAGE: u64 = 50;

/// Where a row stands: when, and its id.
pub type Mark = (Timestamp, i64);

pub async fn history(db: &Db, filter: &Filter, part: Part<Mark>, size: u64) -> Result<Slice<Record>, DbErr> {
    let query = audit::Entity::find().filter(filter.condition());
    // The cursor's own condition is an OR, by which no database finds its place in an index.
    let query = match part {
        Part::First => query,
        Part::After((at, _)) => query.filter(Column::At.lte(at)),
        Part::Before((at, _)) => query.filter(Column::At.gte(at)),
    };
    let mut cursor = query.cursor_by((Column::At, Column::Id));
    cursor.desc();
    paging::read(db, cursor, part, size).await
}

/// What somebody did and what was done to them, newest first.
pub async fn about(db: &Db, user_id: i64, part: Part<Mark>) -> Result<Slice<Record>, DbErr> {
    let by = Filter { actor: Some(user_id), ..Filter::default() };
    let to = Filter { target: Some(format!("user:{user_id}")), ..Filter::default() };
    // Two ranges of two indexes: with an OR no database would use either.
    let (by, to) = (history(db, &by, part.clone(), PAGE).await?, history(db, &to, part.clone(), PAGE).await?);
    let (more_before, more_after) = (by.has_before || to.has_before, by.has_after || to.has_after);
    let mut rows = by.rows;
    rows.extend(to.rows);
    rows.sort_by_key(|record| std::cmp::Reverse((record.at, record.id)));
    rows.dedup_by_key(|record| record.id);
    let (size, is_cut) = (PAGE as usize, rows.len() as u64 > PAGE);
    if matches!(part, Part::Before(_)) {
        rows.drain(..rows.len().saturating_sub(size));
        return Ok(Slice { rows, has_before: more_before || is_cut, has_after: true });
    }
    rows.truncate(size);
    Ok(Slice { rows, has_before: part != Part::First, has_after: more_after || is_cut })
}

/// Of the last week, newest first.
pub async fn last_failures(db: &Db, count: u64) -> Result<Vec<Record>, DbErr> {
    audit::Entity::find()
        .filter(Column::Outcome.is_in([Outcome::Failure.name(), Outcome::Closed.name()]))
        .filter(Column::At.gte(Timestamp::now().before(std::time::Duration::from_secs(7 * 24 * 60 * 60))))
        .order_by_desc(Column::At)
        .limit(count)
        .all(db)
        .await
}
