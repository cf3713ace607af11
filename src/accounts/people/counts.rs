use super::Status;
use crate::{
    db::{Db, Timestamp},
    entity::{session, user},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Asterisk, Expr, Func, Query},
};
use std::{fmt, time::Duration};

/// How many there are, counted no further than to [`Count::MOST`]: an overview must not read a million rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(u64);

impl Count {
    const MOST: u64 = 10_000;

    pub async fn of<E: EntityTrait>(db: &impl ConnectionTrait, query: Select<E>) -> Result<Self, DbErr> {
        Self::of_at_most(db, query, Self::MOST + 1).await
    }

    /// sea-orm's own `count` would lift the limit.
    pub async fn of_at_most<E: EntityTrait>(db: &impl ConnectionTrait, query: Select<E>, most: u64) -> Result<Self, DbErr> {
        let counted = query.select_only().expr_as(Expr::val(1), "one").limit(most).into_query();
        let count = Query::select().expr(Func::count(Expr::col(Asterisk))).from_subquery(counted, "counted").take();
        let row = db.query_one(&count).await?;
        Ok(Self(row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or_default() as u64))
    }

    pub fn is_below(self, number: u64) -> bool {
        self.0 < number
    }

    pub fn is_one(self) -> bool {
        self.0 == 1
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ..=Self::MOST => write!(f, "{}", self.0),
            _ => f.write_str("over 10 000"),
        }
    }
}

/// For an overview.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub people: Count,
    pub deactivated: Count,
    pub joined_this_week: Count,
    pub signed_in: Count,
}

pub async fn counts(db: &Db) -> Result<Counts, DbErr> {
    let now = Timestamp::now();
    let week = now.before(Duration::from_secs(7 * 24 * 60 * 60));
    let signed_in = session::Entity::find()
        .filter(session::Column::UserId.is_not_null())
        .filter(session::Column::IdleAt.gt(now))
        .filter(session::Column::EndsAt.gt(now));
    Ok(Counts {
        people: Count::of(db, user::Entity::find()).await?,
        deactivated: Count::of(db, user::Entity::find().filter(Status::Deactivated.condition())).await?,
        joined_this_week: Count::of(db, user::Entity::find().filter(user::Column::CreatedAt.gte(week))).await?,
        signed_in: Count::of(db, signed_in).await?,
    })
}
