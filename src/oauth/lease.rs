//! Who may fetch new tokens for an owner, among all instances: a refresh token works once, and whoever shows it a second time may lose
//! what was granted. Kept in the database wherever the tokens are kept.
use super::{http::LIMIT, tokens::Owner};
use crate::{
    db::{Db, Timestamp},
    entity::refresh_lease::{ActiveModel, Column, Entity},
    seal::random_id,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, SqlErr, sea_query::Expr};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// For a provider to answer, and the database to take that.
const LASTS: Duration = Duration::from_secs(40);
/// Then whoever holds it is taken for dead, also by an instance whose clock is ahead.
const DEAD_AFTER: Duration = LASTS.saturating_add(Timestamp::SKEW);
/// How often it is tried again.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Lease {
    db: Db,
    owner: String,
    id: String,
    ends: Instant,
}

impl Lease {
    /// None where somebody holds it.
    pub async fn take(db: &Db, owner: &Owner) -> Result<Option<Self>, DbErr> {
        let lease = Self { db: db.clone(), owner: owner.key(), id: random_id(), ends: Instant::now() + LASTS };
        match Entity::find_by_id(&lease.owner).one(db).await? {
            None => lease.insert().await,
            Some(row) if is_held(row.ends_at) => Ok(None),
            Some(row) => lease.succeed(&row.lease).await,
        }
    }

    /// For whoever brings newer tokens: waits for those who fetch some, as long as a provider may take, and then for nobody.
    pub async fn take_over(db: &Db, owner: &Owner) -> Result<Self, DbErr> {
        let until = Instant::now() + LIMIT + Duration::from_secs(2);
        loop {
            if let Some(lease) = Self::take(db, owner).await? {
                return Ok(lease);
            }
            if Instant::now() > until {
                Entity::delete_many().filter(Column::Owner.eq(owner.key())).exec(db).await?;
            }
            sleep(PAUSE).await;
        }
    }

    pub fn is_over(&self) -> bool {
        Instant::now() > self.ends
    }

    /// False where somebody took it over meanwhile, and brings newer tokens.
    pub async fn is_held(&self) -> Result<bool, DbErr> {
        Ok(Entity::find_by_id(&self.owner).one(&self.db).await?.is_some_and(|row| row.lease == self.id))
    }

    /// Where that fails, the lease ends by itself.
    pub async fn give_back(self) {
        let own = Condition::all().add(Column::Owner.eq(self.owner)).add(Column::Lease.eq(self.id));
        if let Err(error) = Entity::delete_many().filter(own).exec(&self.db).await {
            tracing::warn!(%error, "a lease could not be given back");
        }
    }

    async fn insert(self) -> Result<Option<Self>, DbErr> {
        let row =
            ActiveModel { owner: Set(self.owner.clone()), lease: Set(self.id.clone()), ends_at: Set(Timestamp::now().after(DEAD_AFTER)) };
        match Entity::insert(row).exec_without_returning(&self.db).await {
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(None),
            inserted => inserted.map(|_| Some(self)),
        }
    }

    async fn succeed(self, other: &str) -> Result<Option<Self>, DbErr> {
        let update = Entity::update_many()
            .col_expr(Column::Lease, Expr::value(self.id.as_str()))
            .col_expr(Column::EndsAt, Expr::value(Timestamp::now().after(DEAD_AFTER)));
        let update = update.filter(Column::Owner.eq(self.owner.as_str())).filter(Column::Lease.eq(other));
        Ok((update.exec(&self.db).await?.rows_affected == 1).then_some(self))
    }
}

/// One that was taken under a clock that has been set back since would last too long, and counts no more.
fn is_held(ends_at: Timestamp) -> bool {
    let now = Timestamp::now();
    ends_at > now && ends_at <= now.after(DEAD_AFTER).after(Timestamp::SKEW)
}
