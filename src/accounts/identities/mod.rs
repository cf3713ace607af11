//! Accounts at providers, by which people sign in. An identity is who a provider says somebody is, for good: provider, issuer and
//! subject. An address is only ever a hint whose account it may belong to.
mod arrival;
mod claim;
mod revocation;

pub use crate::entity::identity::Model as Identity;
pub use arrival::{Arrival, News, Wanted, arrive, sign_up};
pub use claim::Claim;
pub use revocation::Revocation;

use super::{
    Client, Error, Result, User, Viewer,
    audit::{self, Action, Entry, Outcome},
    lock, sessions,
    throttle::{self, Whom, limits},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::identity::{Column, Entity},
    mail::{self, messages},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, SqlErr, sea_query::Expr,
};

/// A person's, in the order in which they were connected.
pub async fn list(connection: &impl ConnectionTrait, user_id: i64) -> Result<Vec<Identity>, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).order_by_asc(Column::Id).all(connection).await
}

pub async fn get(connection: &impl ConnectionTrait, id: i64) -> Result<Option<Identity>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// Whoever has it.
pub async fn find(connection: &impl ConnectionTrait, claim: &Claim) -> Result<Option<Identity>, DbErr> {
    find_subject(connection, &claim.provider, &claim.issuer, &claim.subject).await
}

pub async fn find_subject(
    connection: &impl ConnectionTrait,
    provider: &str,
    issuer: &str,
    subject: &str,
) -> Result<Option<Identity>, DbErr> {
    let identities = Entity::find().filter(Column::Provider.eq(provider)).filter(Column::Issuer.eq(issuer));
    identities.filter(Column::Subject.eq(subject)).one(connection).await
}

/// How it went to connect an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Made,
    /// It was connected to the same account before.
    Known,
    /// It is somebody else's; nothing was moved.
    Taken,
}

/// To the account of `viewer`, who has to be signed in still.
pub async fn connect(db: &Db, config: &Config, client: &Client, viewer: &Viewer, claim: &Claim) -> Result<Connection> {
    match try_to_connect(db, config, client, viewer, claim).await {
        // Another request was first, and whose it is can be read by now.
        Err(Error::IdentityTaken) => try_to_connect(db, config, client, viewer, claim).await,
        connected => connected,
    }
}

async fn try_to_connect(db: &Db, config: &Config, client: &Client, viewer: &Viewer, claim: &Claim) -> Result<Connection> {
    let tx = writing(db).await?;
    let user = lock(&tx, viewer.user.id).await?.filter(User::is_active).ok_or(Error::Changed)?;
    if !sessions::is_there(&tx, user.id, &viewer.session.public_id).await? {
        return Err(Error::Changed);
    }
    let connection = match find(&tx, claim).await? {
        Some(identity) if identity.user_id == user.id => Connection::Known,
        Some(_) => {
            let entry = Entry::by(&user, Action::Connect).outcome(Outcome::Failure);
            audit::record(&tx, client, entry.detail(format!("{}, which is somebody else's", claim.provider))).await?;
            Connection::Taken
        }
        None => {
            add(&tx, config, client, &user, claim, "").await?;
            Connection::Made
        }
    };
    tx.commit().await?;
    Ok(connection)
}

/// And tells the person by mail; `also` is what else happened, in sentences.
async fn add(tx: &Tx, config: &Config, client: &Client, user: &User, claim: &Claim, also: &str) -> Result<()> {
    insert(tx, user, claim, None).await?;
    let what = format!("Your {} account {} was connected. From now on it signs you in here.{also}", claim.provider_label, claim.label());
    tell(tx, config, user, what).await?;
    Ok(audit::record(tx, client, Entry::by(user, Action::Connect).detail(&claim.provider)).await?)
}

async fn insert(tx: &Tx, user: &User, claim: &Claim, last_used_at: Option<Timestamp>) -> Result<()> {
    let row = crate::entity::identity::ActiveModel {
        user_id: Set(user.id),
        provider: Set(claim.provider.clone()),
        issuer: Set(claim.issuer.clone()),
        subject: Set(claim.subject.clone()),
        label: Set(claim.label()),
        created_at: Set(Timestamp::now()),
        last_used_at: Set(last_used_at),
        ..Default::default()
    };
    match Entity::insert(row).exec_without_returning(tx).await {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Err(Error::IdentityTaken),
        inserted => Ok(inserted.map(drop)?),
    }
}

async fn tell(tx: &Tx, config: &Config, user: &User, what: String) -> Result<(), DbErr> {
    mail::send(tx, config, &user.email, Some(user.id), &messages::ConnectionChanged { username: user.username.clone(), what }).await
}

/// Refuses where no way in would be left: no password, and nothing of a provider that is set up, which is what `label` knows one for.
pub async fn disconnect(
    db: &Db,
    config: &Config,
    client: &Client,
    user: &User,
    id: i64,
    label: impl Fn(&Identity) -> Option<String>,
) -> Result<Identity> {
    let tx = writing(db).await?;
    // Of two requests at once the second sees what the first has left.
    let user = lock(&tx, user.id).await?.ok_or(Error::Gone)?;
    let (own, others): (Vec<Identity>, Vec<Identity>) = list(&tx, user.id).await?.into_iter().partition(|identity| identity.id == id);
    let identity = own.into_iter().next().ok_or(Error::Gone)?;
    if !user.has_password() && !others.iter().any(|other| label(other).is_some()) {
        return Err(Error::LastWayIn);
    }
    revocation::release(&tx, config, &identity).await?;
    let provider = label(&identity).unwrap_or_else(|| identity.provider.clone());
    tell(&tx, config, &user, format!("Your {provider} account {} was disconnected.", identity.label)).await?;
    audit::record(&tx, client, Entry::by(&user, Action::Disconnect).detail(&identity.provider)).await?;
    tx.commit().await?;
    Ok(identity)
}

/// Is this still the person who signed in? Only an identity of their own says so.
pub async fn prove(db: &Db, client: &Client, user: &User, claim: &Claim) -> Result<()> {
    let is_theirs = find(db, claim).await?.is_some_and(|identity| identity.user_id == user.id);
    let outcome = if is_theirs { Outcome::Success } else { Outcome::Failure };
    audit::record(db, client, Entry::by(user, Action::Prove).outcome(outcome).detail(format!("provider {}", claim.provider))).await?;
    if is_theirs { Ok(()) } else { Err(Error::Wrong) }
}

/// Whether somebody has any.
pub(super) async fn has_any(tx: &Tx, user: &User) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::UserId.eq(user.id)).count(tx).await? > 0)
}

/// None of them signs in any more, and what was granted for them is revoked; only those that were connected at `since` or later,
/// where that is given.
pub(super) async fn forget(tx: &Tx, config: &Config, user: &User, since: Option<Timestamp>) -> Result<(), DbErr> {
    for identity in list(tx, user.id).await?.iter().filter(|identity| since.is_none_or(|since| identity.created_at >= since)) {
        revocation::release(tx, config, identity).await?;
    }
    Ok(())
}

/// Its provider no longer accepts what was granted. Tells the person, once until they connect it anew, and not for ever so often.
pub async fn lose(db: &Db, config: &Config, id: i64, provider: &str) -> Result<()> {
    let Some(identity) = get(db, id).await?.filter(|identity| identity.lost_at.is_none()) else { return Ok(()) };
    let may_mail = match throttle::take(db, config, [limits::LOST.on([Whom::User(identity.user_id)])]).await {
        Err(Error::Throttled(_)) => false,
        taken => taken.map(|_| true)?,
    };
    let tx = writing(db).await?;
    let Some(user) = lock(&tx, identity.user_id).await? else { return Ok(()) };
    let update = Entity::update_many().col_expr(Column::LostAt, Expr::value(Timestamp::now()));
    let lost = update.filter(Column::Id.eq(id)).filter(Column::LostAt.is_null()).exec(&tx).await?.rows_affected == 1;
    if lost && may_mail {
        let (username, provider) = (user.username.clone(), provider.to_owned());
        let mail = messages::ConnectionLost { username, provider, account: identity.label };
        mail::send(&tx, config, &user.email, Some(user.id), &mail).await?;
    }
    Ok(tx.commit().await?)
}

/// Something that works was granted for it.
pub async fn mark_granted(db: &Db, identity_id: i64, scopes: &[String]) -> Result<(), DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::LostAt, Expr::value(None::<Timestamp>))
        .col_expr(Column::Scopes, Expr::value(scopes.join(" ")));
    update.filter(Column::Id.eq(identity_id)).exec(db).await.map(drop)
}

/// It was signed in with, and may have another name there by now.
async fn touch(tx: &Tx, identity: &Identity, claim: &Claim) -> Result<(), DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(Timestamp::now()))
        .col_expr(Column::Label, Expr::value(claim.label()));
    update.filter(Column::Id.eq(identity.id)).exec(tx).await.map(drop)
}
