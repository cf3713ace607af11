use super::Status;
use crate::{
    db::{Db, Timestamp},
    entity::{session, user},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use std::time::Duration;

/// For an overview.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub people: u64,
    pub deactivated: u64,
    pub joined_this_week: u64,
    pub signed_in: u64,
}

pub async fn counts(db: &Db) -> Result<Counts, DbErr> {
    let now = Timestamp::now();
    let week = now.before(Duration::from_secs(7 * 24 * 60 * 60));
    Ok(Counts {
        people: user::Entity::find().count(db).await?,
        deactivated: user::Entity::find().filter(Status::Deactivated.condition()).count(db).await?,
        joined_this_week: user::Entity::find().filter(user::Column::CreatedAt.gte(week)).count(db).await?,
        signed_in: session::Entity::find()
            .filter(session::Column::UserId.is_not_null())
            .filter(session::Column::IdleAt.gt(now))
            .filter(session::Column::EndsAt.gt(now))
            .count(db)
            .await?,
    })
}
