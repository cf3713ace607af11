//! Deletes what is over. It counts for nothing even before, and only takes room.
use super::{devices, sessions, throttle, tokens};
use crate::{
    db::Db,
    entity::{device, job, oauth_attempt, refresh_lease, session, throttle as throttles, token},
    jobs,
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

/// Rows that are over: sessions that ended, limits whose window did, links that are too old, jobs that were done a while ago,
/// browsers that nobody used for a year, ways to a provider that led nowhere, leases of who died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Over {
    pub sessions: u64,
    pub throttles: u64,
    pub tokens: u64,
    pub jobs: u64,
    pub devices: u64,
    pub attempts: u64,
    pub leases: u64,
}

/// How many there are.
pub async fn count_over(db: &Db) -> Result<Over, DbErr> {
    let sessions = session::Entity::find().filter(sessions::over()).count(db).await?;
    let throttles = throttles::Entity::find().filter(throttle::over()).count(db).await?;
    let tokens = token::Entity::find().filter(tokens::over()).count(db).await?;
    let jobs = job::Entity::find().filter(jobs::over()).count(db).await?;
    let devices = device::Entity::find().filter(devices::over()).count(db).await?;
    let attempts = oauth_attempt::Entity::find().filter(oauth_attempt::over()).count(db).await?;
    let leases = refresh_lease::Entity::find().filter(refresh_lease::over()).count(db).await?;
    Ok(Over { sessions, throttles, tokens, jobs, devices, attempts, leases })
}

/// Deletes them, a thousand at a time, so that nobody else waits for long.
pub async fn clean_up(db: &Db) -> Result<Over, DbErr> {
    let mut deleted = Over::default();
    loop {
        let sessions = delete_batch::<session::Entity>(db, session::Column::Id, sessions::over()).await?;
        let throttles = delete_batch::<throttles::Entity>(db, throttles::Column::Id, throttle::over()).await?;
        let tokens = delete_batch::<token::Entity>(db, token::Column::Id, tokens::over()).await?;
        let jobs = delete_batch::<job::Entity>(db, job::Column::PublicId, jobs::over()).await?;
        let devices = delete_batch::<device::Entity>(db, device::Column::Id, devices::over()).await?;
        let attempts = delete_batch::<oauth_attempt::Entity>(db, oauth_attempt::Column::Id, oauth_attempt::over()).await?;
        let leases = delete_batch::<refresh_lease::Entity>(db, refresh_lease::Column::Owner, refresh_lease::over()).await?;
        deleted.sessions += sessions;
        deleted.throttles += throttles;
        deleted.tokens += tokens;
        deleted.jobs += jobs;
        deleted.devices += devices;
        deleted.attempts += attempts;
        deleted.leases += leases;
        if sessions + throttles + tokens + jobs + devices + attempts + leases == 0 {
            return Ok(deleted);
        }
    }
}

async fn delete_batch<E: EntityTrait>(db: &Db, id: E::Column, over: Condition) -> Result<u64, DbErr> {
    let ids = E::find().select_only().column(id).filter(over.clone()).limit(1000);
    let batch: Vec<String> = ids.into_tuple().all(db).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    // Asked again, because one of them may have begun anew meanwhile.
    Ok(E::delete_many().filter(id.is_in(batch)).filter(over).exec(db).await?.rows_affected)
}
