//! What is done to people by others: an admin in the browser, or somebody at the command line.
mod access;

pub use access::{Delivered, Delivery, invite, make_password_link, reset_access};

use super::{
    Actor, Error, NewUser,
    Permission::ManageUsers,
    Permissions, Reason, Result, User,
    audit::{self, Action, Entry},
    identities, notify, register,
    roles::{self, Authority, ensure_admin_besides},
    sessions, throttle, tokens,
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

/// The address counts as confirmed: whoever runs the server vouches for it.
pub async fn create(db: &Db, config: &Config, actor: &Actor<'_>, new: NewUser, is_admin: bool) -> Result<User> {
    let mut row = register::prepare(config, &new).await?;
    row.email_confirmed_at = Set(Some(Timestamp::now()));
    let tx = writing(db).await?;
    let authority = Authority::lock(&tx, actor, ManageUsers).await?;
    let user = register::insert(&tx, row).await?;
    if is_admin {
        authority.covers(&Permissions::of(&authority.admin.effective))?;
        roles::insert(&tx, user.id, &authority.admin).await?;
    }
    let detail = if is_admin { "+admin" } else { "" };
    audit::record(&tx, actor.client, Entry::of(actor, Action::CreateUser).on_user(&user).detail(detail)).await?;
    tx.commit().await?;
    Ok(user)
}

/// In the order of their ids, `after` the one given.
pub async fn list(db: &Db, after: i64, limit: u64) -> Result<Vec<User>, DbErr> {
    user::Entity::find().filter(user::Column::Id.gt(after)).order_by_asc(user::Column::Id).limit(limit).all(db).await
}

/// Answers whether it changed anything.
pub async fn activate(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<bool> {
    Ok(set_active(db, config, actor, user, reason, |_| true).await? == Some(true))
}

/// Also ends every session of the person, and every open link. Answers whether it changed anything.
pub async fn deactivate(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<bool> {
    Ok(set_active(db, config, actor, user, reason, |_| false).await? == Some(false))
}

/// The other way round. Answers whether the person is active now.
pub async fn toggle(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<bool> {
    Ok(set_active(db, config, actor, user, reason, |is_active| !is_active).await? == Some(true))
}

/// What the person is now; None where that is what they were. `wanted` is asked once their row is locked.
async fn set_active(
    db: &Db,
    config: &Config,
    actor: &Actor<'_>,
    user: &User,
    reason: Option<&Reason>,
    wanted: impl FnOnce(bool) -> bool,
) -> Result<Option<bool>> {
    let tx = writing(db).await?;
    let user = Authority::lock(&tx, actor, ManageUsers).await?.over(&tx, user.id).await?;
    let wanted = wanted(user.is_active());
    if wanted == user.is_active() {
        return Ok(None);
    }
    if wanted {
        set_deactivated(&tx, &user, None).await?;
        notify(&tx, config, &user, "An administrator let you in again: your account is active.", reason).await?;
        record(&tx, actor, Action::Activate, &user, reason).await?;
    } else {
        ensure_admin_besides(&tx, config, user.id).await?;
        set_deactivated(&tx, &user, Some(Timestamp::now())).await?;
        sessions::end_all(&tx, user.id, None).await?;
        tokens::void(&tx, user.id, None).await?;
        tokens::void_made_by(&tx, user.id).await?;
        notify(&tx, config, &user, "An administrator deactivated your account. You are signed out and cannot sign in.", reason).await?;
        record(&tx, actor, Action::Deactivate, &user, reason).await?;
    }
    tx.commit().await?;
    Ok(Some(wanted))
}

/// Raises `credentials`, so that no sign-in that is under way outlives it.
async fn set_deactivated(tx: &Tx, user: &User, at: Option<Timestamp>) -> Result<(), DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::DeactivatedAt, Expr::value(at))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .filter(user::Column::Id.eq(user.id));
    update.exec(tx).await.map(drop)
}

/// Signs a person out everywhere. Answers whether they were signed in anywhere.
pub async fn end_sessions(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<bool> {
    let tx = writing(db).await?;
    let user = Authority::lock(&tx, actor, ManageUsers).await?.over(&tx, user.id).await?;
    let ended = sessions::end_all(&tx, user.id, None).await?;
    if ended > 0 {
        notify(&tx, config, &user, "An administrator signed you out on every device.", reason).await?;
        record(&tx, actor, Action::EndSessions, &user, reason).await?;
    }
    tx.commit().await?;
    Ok(ended > 0)
}

/// With everything that belongs to the person; the audit keeps what they did. False where they were gone already.
pub async fn delete(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<bool> {
    let tx = writing(db).await?;
    let user = match Authority::lock(&tx, actor, ManageUsers).await?.over(&tx, user.id).await {
        Err(Error::Gone) => return Ok(false),
        user => user?,
    };
    ensure_admin_besides(&tx, config, user.id).await?;
    tokens::void_made_by(&tx, user.id).await?;
    notify(&tx, config, &user, "An administrator deleted your account, with everything that belonged to it.", reason).await?;
    identities::forget(&tx, config, &user, None).await?;
    user::Entity::delete_by_id(user.id).exec(&tx).await?;
    throttle::forgive(&tx, &user).await?;
    record(&tx, actor, Action::DeleteUser, &user, reason).await?;
    tx.commit().await?;
    Ok(true)
}

async fn record(tx: &Tx, actor: &Actor<'_>, action: Action, user: &User, reason: Option<&Reason>) -> Result<(), DbErr> {
    let reason = reason.map(Reason::to_string).unwrap_or_default();
    audit::record(tx, actor.client, Entry::of(actor, action).on_user(user).detail(reason)).await
}
