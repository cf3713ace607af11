//! Work for later, kept in the app's database: enqueued in the transaction of what it belongs to, so that neither is there
//! without the other, and taken by one worker at a time. What is done with it the room `worker` knows.
mod lease;

pub use crate::entity::job::{Model as Row, State};
pub use lease::{Leased, again, done, failed, take};

use crate::{
    config::Config,
    db::{Db, Timestamp, Tx},
    entity::job::{self, Column},
    seal::{Resealed, Sealer, random_id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
    sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// What a job has to know. It is sealed in the database, and may hold secrets.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// In the table and for people; never changed while rows of it wait. At most 64 letters.
    const KIND: &'static str;
}

/// To be done once `tx` is committed, and never without that.
pub async fn enqueue<J: Job>(tx: &Tx, config: &Config, user_id: Option<i64>, job: &J) -> Result<(), DbErr> {
    let public_id = random_id();
    let plain = serde_json::to_vec(job).map_err(|error| DbErr::Custom(format!("a job of kind {} is no JSON: {error}", J::KIND)))?;
    let payload = Sealer::new(&config.secret_key).seal(&bound_to(J::KIND, &public_id), &plain);
    job::Entity::insert(row(public_id, J::KIND, user_id, payload)).exec_without_returning(tx).await.map(drop)
}

fn row(public_id: String, kind: &str, user_id: Option<i64>, payload: String) -> job::ActiveModel {
    let now = Timestamp::now();
    job::ActiveModel {
        public_id: Set(public_id),
        kind: Set(kind.to_owned()),
        user_id: Set(user_id),
        payload: Set(payload),
        state: Set(State::Waiting),
        tries: Set(0),
        due_at: Set(now),
        error: Set(String::new()),
        created_at: Set(now),
        ..Default::default()
    }
}

/// One row for all instances, whoever comes first; it is due again and again.
pub async fn schedule(db: &Db, kind: &'static str) -> Result<(), DbErr> {
    if job::Entity::find().filter(Column::PublicId.eq(kind)).count(db).await? > 0 {
        return Ok(());
    }
    let inserted = job::Entity::insert(row(kind.to_owned(), kind, None, String::new())).exec_without_returning(db).await;
    match inserted {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(()),
        inserted => inserted.map(drop),
    }
}

/// What the payload of `leased` says. None where the key that sealed it is not here, or a newer version wrote it.
pub fn open<J: Job>(config: &Config, leased: &Leased) -> Option<J> {
    let plain = Sealer::new(&config.secret_key).open(&bound_to(J::KIND, &leased.public_id), &leased.payload)?;
    serde_json::from_slice(&plain).ok()
}

fn bound_to(kind: &str, public_id: &str) -> String {
    format!("job:{kind}:{public_id}")
}

/// Puts every payload that is yet to be read under the first key.
pub async fn reseal(db: &Db, config: &Config) -> Result<Resealed, DbErr> {
    let (sealer, mut count, mut after) = (Sealer::new(&config.secret_key), Resealed::default(), 0);
    loop {
        let rows = job::Entity::find().filter(Column::Id.gt(after)).filter(Column::Payload.ne("")).order_by_asc(Column::Id).limit(500);
        let rows = rows.all(db).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = last.id;
        for row in rows {
            if let Some(anew) = count.replace(&sealer, &bound_to(&row.kind, &row.public_id), &row.payload) {
                let update = job::Entity::update_many().col_expr(Column::Payload, Expr::value(anew)).filter(Column::Id.eq(row.id));
                update.filter(Column::Payload.eq(row.payload)).exec(db).await?;
            }
        }
    }
}

/// Done a week ago, or parked a quarter of a year ago.
pub fn over() -> Condition {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let ended =
        |state: State, days| Condition::all().add(Column::State.eq(state)).add(Column::EndedAt.lte(Timestamp::now().before(DAY * days)));
    Condition::any().add(ended(State::Done, 7)).add(ended(State::Parked, 90))
}
