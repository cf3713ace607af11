//! Plausible people by the thousand: for a look at full pages, and for measuring. They have no password.
use super::{
    fold, personas,
    roles::{self, USER},
};
use crate::{
    db::{Db, Timestamp, writing},
    entity::{user, user_role},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};
use std::time::Duration;

/// Where their addresses lie; a name that nobody can have.
const DOMAIN: &str = "people.example";

/// In the order of their spelling, so that the indexes grow at their ends.
const FIRST: [&str; 40] = [
    "Ada",
    "Aisha",
    "Alan",
    "Amara",
    "Anders",
    "Barbara",
    "Blaise",
    "Chen",
    "Claude",
    "Dennis",
    "Donald",
    "Edsger",
    "Elif",
    "Emmy",
    "Fatima",
    "Frances",
    "Grace",
    "Haruto",
    "Hedy",
    "Ida",
    "Ivan",
    "Joan",
    "John",
    "Karen",
    "Katherine",
    "Ken",
    "Leslie",
    "Lin",
    "Margaret",
    "Maryam",
    "Niklaus",
    "Noor",
    "Olga",
    "Priya",
    "Radia",
    "Rosa",
    "Sofia",
    "Tariq",
    "Yuki",
    "Zoe",
];
const LAST: [&str; 40] = [
    "Allen",
    "Almeida",
    "Babbage",
    "Bartik",
    "Borg",
    "Clarke",
    "Dijkstra",
    "Easley",
    "Engelbart",
    "Floyd",
    "Goldberg",
    "Hamilton",
    "Hopper",
    "Ivanova",
    "Jensen",
    "Johnson",
    "Kahn",
    "Keller",
    "Knuth",
    "Lamarr",
    "Lamport",
    "Liskov",
    "Lovelace",
    "Mendes",
    "Mirzakhani",
    "Nakamura",
    "Noether",
    "Okafor",
    "Pascal",
    "Perlman",
    "Ritchie",
    "Rojas",
    "Schmidt",
    "Shannon",
    "Singh",
    "Thompson",
    "Turing",
    "Wilkes",
    "Wirth",
    "Zhang",
];

const BATCH: usize = 1000;

/// Whether there is anybody whom this did not make, personas aside.
pub async fn has_others(db: &Db) -> Result<bool, DbErr> {
    let personas = personas::ALL.map(|(name, _)| personas::email(name));
    let others = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Email.not_like(format!("%@{DOMAIN}")))
        .filter(user::Column::Email.is_not_in(personas))
        .limit(1);
    Ok(others.into_tuple::<i64>().one(db).await?.is_some())
}

/// `report` is told how many this has made so far.
pub async fn seed(db: &Db, count: usize, mut report: impl FnMut(usize)) -> Result<(), DbErr> {
    let role = roles::find(db, USER).await?.ok_or_else(|| DbErr::RecordNotFound("the role `user`".to_owned()))?;
    let (mut newest, from) = (newest_id(db).await?, made(db).await?);
    let (mut batch, mut open) = (Vec::with_capacity(BATCH), None);
    for n in 0..count {
        batch.push(person(n, count, from));
        if batch.len() < BATCH && n + 1 < count {
            continue;
        }
        let tx = match open.take() {
            Some(tx) => tx,
            None => writing(db).await?,
        };
        user::Entity::insert_many(batch.drain(..)).exec_without_returning(&tx).await?;
        let made = Query::select()
            .column(user::Column::Id)
            .expr(Expr::value(role.id))
            .from(user::Entity)
            .and_where(user::Column::Id.gt(newest))
            .and_where(user::Column::Email.like(format!("%@{DOMAIN}")))
            .take();
        let grants = Query::insert()
            .into_table(user_role::Entity)
            .columns([user_role::Column::UserId, user_role::Column::RoleId])
            .select_from(made)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .take();
        tx.execute(&grants).await?;
        newest = newest_id(&tx).await?;
        report(n + 1);
        // Each commit waits for the disk.
        if (n + 1) % (10 * BATCH) == 0 { tx.commit().await? } else { open = Some(tx) }
    }
    match open {
        Some(tx) => tx.commit().await,
        None => Ok(()),
    }
}

async fn newest_id(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let newest = user::Entity::find().select_only().column_as(user::Column::Id.max(), "newest");
    Ok(newest.into_tuple::<Option<i64>>().one(connection).await?.flatten().unwrap_or_default())
}

/// The number behind the last one made before.
async fn made(db: &Db) -> Result<usize, DbErr> {
    use sea_orm::PaginatorTrait;
    Ok(user::Entity::find().filter(user::Column::Email.like(format!("%@{DOMAIN}"))).count(db).await? as usize)
}

/// The `n`th of `count` in the order of their names; every name has a number behind, from `from` on.
fn person(n: usize, count: usize, from: usize) -> user::ActiveModel {
    let same = count.div_ceil(FIRST.len() * LAST.len());
    let (pair, number, width) = (n / same, from + n % same, (from + same - 1).to_string().len());
    let (first, last) = (FIRST[pair / LAST.len() % FIRST.len()], LAST[pair % LAST.len()]);
    let (name, username) = (format!("{first} {last}"), format!("{first}.{last}.{number:0width$}").to_lowercase());
    let joined = Timestamp::now().before(Duration::from_secs(scatter(n) % (2 * 365 * 24 * 60 * 60)));
    user::ActiveModel {
        email: Set(format!("{username}@{DOMAIN}")),
        username: Set(username),
        name_key: Set(fold(&name)),
        name: Set(name),
        password_hash: Set(None),
        credentials: Set(0),
        email_confirmed_at: Set((!scatter(n).is_multiple_of(10)).then_some(joined)),
        deactivated_at: Set((scatter(n) % 50 == 7).then_some(Timestamp::now())),
        // Without a password nobody ever did.
        last_sign_in_at: Set(None),
        created_at: Set(joined),
        updated_at: Set(joined),
        ..Default::default()
    }
}

/// The same for the same number, and otherwise as chance would have it.
fn scatter(n: usize) -> u64 {
    (n as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}
