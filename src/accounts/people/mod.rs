//! Finding people: one by id, a list sorted by a key, a search by the beginning of a name.
mod counts;
mod list;
mod search;

pub use counts::{Count, Counts, counts};
pub use list::{Sort, list};
pub use search::search;

use super::{
    User,
    roles::{self, Role},
};
use crate::{
    db::{Db, Timestamp},
    entity::{role, session, user, user_role},
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationTrait,
    sea_query::{Expr, ExprTrait, Func},
};
use std::collections::HashMap;

pub const PAGE: u64 = 50;

/// Where somebody stands in a list: what it is sorted by, and their id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub key: String,
    pub id: i64,
}

/// People in order, and where the parts before and after them begin.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub people: Vec<User>,
    pub before: Option<Mark>,
    pub after: Option<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Deactivated,
    /// Nobody has proved yet that the address is theirs.
    Unconfirmed,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Active, Self::Deactivated, Self::Unconfirmed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// By the column's index: for at most [`FEW`] rows.
    fn condition(self) -> Expr {
        match self {
            Self::Active => user::Column::DeactivatedAt.is_null(),
            Self::Deactivated => user::Column::DeactivatedAt.is_not_null(),
            Self::Unconfirmed => user::Column::EmailConfirmedAt.is_null(),
        }
    }

    /// The same hidden from that index: for many, so that the list is walked in its own order and not fetched whole to be sorted.
    fn unindexed(self) -> Expr {
        let at = |column: user::Column| Expr::expr(Func::coalesce([Expr::col((user::Entity, column)), Expr::val(0)]));
        match self {
            Self::Active => at(user::Column::DeactivatedAt).eq(0),
            Self::Deactivated => at(user::Column::DeactivatedAt).ne(0),
            Self::Unconfirmed => at(user::Column::EmailConfirmedAt).eq(0),
        }
    }
}

/// Whom to show. Nothing set: everybody.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Its name; one that is no role is held by nobody.
    pub role: Option<String>,
    pub status: Option<Status>,
}

/// So few are better looked up one by one than found by a walk along the sorted list.
const FEW: u64 = 1000;

impl Filter {
    /// Looks how many there are, but no further than to [`FEW`]: with three admins among a million people, walking the list until
    /// a page is full would read it whole.
    async fn condition(&self, db: &Db) -> Result<Condition, DbErr> {
        let role = match &self.role {
            Some(name) => Some(roles::find(db, name).await?.map_or(0, |role| role.id)),
            None => None,
        };
        let mut condition = Condition::all();
        if let Some(role) = role {
            let holders =
                user_role::Entity::find().select_only().column(user_role::Column::UserId).filter(user_role::Column::RoleId.eq(role));
            condition = match few(db, holders.clone()).await? {
                Some(ids) => condition.add(user::Column::Id.is_in(ids)),
                None => condition.add(Expr::exists(
                    holders
                        .filter(Expr::col((user_role::Entity, user_role::Column::UserId)).eq(Expr::col((user::Entity, user::Column::Id))))
                        .into_query(),
                )),
            };
        }
        if let Some(status) = self.status {
            let people = user::Entity::find().select_only().column(user::Column::Id).filter(status.condition());
            let ids = if status == Status::Active { None } else { few(db, people).await? };
            condition = condition.add(ids.map_or_else(|| status.unindexed(), |ids| user::Column::Id.is_in(ids)));
        }
        Ok(condition)
    }
}

/// None where there are more.
async fn few<E: EntityTrait>(db: &Db, ids: sea_orm::Select<E>) -> Result<Option<Vec<i64>>, DbErr> {
    // Counted first: to fetch a thousand ids only to see that they are too many costs more than the page.
    match Count::of_at_most(db, ids.clone(), FEW + 1).await?.is_below(FEW + 1) {
        true => ids.into_tuple().all(db).await.map(Some),
        false => Ok(None),
    }
}

pub async fn get(db: &Db, id: i64) -> Result<Option<User>, DbErr> {
    user::Entity::find_by_id(id).one(db).await
}

/// What each is called by others, by id, of those that still exist.
pub async fn names(db: &Db, ids: Vec<i64>) -> Result<HashMap<i64, String>, DbErr> {
    let query = user::Entity::find().select_only().columns([user::Column::Id, user::Column::Username, user::Column::Name]);
    let rows: Vec<(i64, String, String)> = query.filter(user::Column::Id.is_in(ids)).into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(id, username, name)| (id, if name.is_empty() { username } else { name })).collect())
}

/// Names of the roles that each of them holds.
pub async fn roles_of(db: &Db, people: &[User]) -> Result<HashMap<i64, Vec<String>>, DbErr> {
    let query = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .column(role::Column::Name)
        .join(JoinType::InnerJoin, user_role::Relation::Role.def())
        .filter(user_role::Column::UserId.is_in(people.iter().map(|user| user.id)))
        .order_by_asc(role::Column::Name);
    let rows: Vec<(i64, String)> = query.into_tuple().all(db).await?;
    let mut roles: HashMap<i64, Vec<String>> = HashMap::new();
    for (id, role) in rows {
        roles.entry(id).or_default().push(role);
    }
    Ok(roles)
}

/// Those that have not ended, the last one used first.
pub async fn sessions_of(db: &Db, user_id: i64) -> Result<Vec<session::Model>, DbErr> {
    let now = Timestamp::now();
    session::Entity::find()
        .filter(session::Column::UserId.eq(user_id))
        .filter(session::Column::IdleAt.gt(now))
        .filter(session::Column::EndsAt.gt(now))
        .order_by_desc(session::Column::LastSeenAt)
        .limit(20)
        .all(db)
        .await
}

/// Newest first.
pub async fn newest(db: &Db, count: u64) -> Result<Vec<User>, DbErr> {
    user::Entity::find().order_by_desc(user::Column::CreatedAt).order_by_desc(user::Column::Id).limit(count).all(db).await
}

/// All roles, by name.
pub async fn roles(db: &Db) -> Result<Vec<Role>, DbErr> {
    role::Entity::find().order_by_asc(role::Column::Name).all(db).await
}
