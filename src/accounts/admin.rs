//! What is done to people by others: an admin in the browser, or somebody at the command line.
use super::{
    Actor, Email, Error, NewUser,
    Permission::ManageUsers,
    Permissions, Reason, Result, User, Username,
    audit::{self, Action, Entry},
    credentials, register,
    roles::{self, Authority, ensure_admin_besides},
    sessions, throttle,
    tokens::{self, Issue, Issued, Purpose, Token},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
    mail::{self, Link, messages},
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

/// An account without a password, and the link by which its owner sets one.
pub async fn invite(db: &Db, config: &Config, actor: &Actor<'_>, email: Email, username: Username) -> Result<(User, Handed)> {
    let tx = writing(db).await?;
    Authority::lock(&tx, actor, ManageUsers).await?;
    let user = register::insert(&tx, register::row(&email, &username, None)).await?;
    let link = hand_link(&tx, config, actor, &user).await?;
    record(&tx, actor, Action::CreateUser, &user, None).await?;
    tx.commit().await?;
    Ok((user, link))
}

/// How a link reaches the owner of an account.
pub enum Handed {
    /// By mail, so that using it proves the address; nobody else sees it.
    Mailed,
    /// Where there is no mail, by whoever made it. Whoever has it can sign in as them.
    Shown(Token),
}

/// A link by which the person sets a password; it lasts for an hour, or three days where it is the first.
pub async fn make_password_link(db: &Db, config: &Config, actor: &Actor<'_>, user: &User) -> Result<Handed> {
    let tx = writing(db).await?;
    let user = Authority::lock(&tx, actor, ManageUsers).await?.over_other(&tx, actor, user.id).await?;
    let link = hand_link(&tx, config, actor, &user).await?;
    record(&tx, actor, Action::MakePasswordLink, &user, None).await?;
    tx.commit().await?;
    Ok(link)
}

/// The same for the command line, which shows the link.
pub async fn show_password_link(db: &Db, actor: &Actor<'_>, user: &User) -> Result<Token> {
    let tx = writing(db).await?;
    let user = Authority::lock(&tx, actor, ManageUsers).await?.over_other(&tx, actor, user.id).await?;
    let token = issue_link(&tx, actor, &user).await?.token;
    record(&tx, actor, Action::MakePasswordLink, &user, None).await?;
    tx.commit().await?;
    Ok(token)
}

async fn hand_link(tx: &Tx, config: &Config, actor: &Actor<'_>, user: &User) -> Result<Handed, DbErr> {
    if !config.has_mail() {
        return Ok(Handed::Shown(issue_link(tx, actor, user).await?.token));
    }
    let Issued { token, until } = tokens::issue(tx, &Issue { email: Some(&user.email), ..password_link(user) }).await?;
    let mail = messages::SetPassword { username: user.username.clone(), link: Link::to("/password/reset", token.expose()), until };
    mail::send(tx, config, &user.email, Some(user.id), &mail).await?;
    Ok(Handed::Mailed)
}

async fn issue_link(tx: &Tx, actor: &Actor<'_>, user: &User) -> Result<Issued, DbErr> {
    tokens::issue(tx, &Issue { maker: actor.user, ..password_link(user) }).await
}

fn password_link(user: &User) -> Issue<'_> {
    let issue = Issue { user: Some(user), ..Issue::of(Purpose::ResetPassword) };
    if user.has_password() { issue } else { Issue { lasts: tokens::FIRST_PASSWORD, ..issue } }
}

/// Takes away every way in: password, sessions, open links. The link that it makes is the only one left.
pub async fn reset_access(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, reason: Option<&Reason>) -> Result<Handed> {
    let tx = writing(db).await?;
    let user = take_access(&tx, actor, user).await?;
    tell(
        &tx,
        config,
        &user,
        "An administrator closed every way into your account. A link to set a new password comes by another mail.",
        reason,
    )
    .await?;
    let link = hand_link(&tx, config, actor, &user).await?;
    record(&tx, actor, Action::ResetAccess, &user, reason).await?;
    tx.commit().await?;
    Ok(link)
}

/// The same for the command line, which shows the link.
pub async fn reset_access_here(db: &Db, actor: &Actor<'_>, user: &User) -> Result<Token> {
    let tx = writing(db).await?;
    let user = take_access(&tx, actor, user).await?;
    let token = issue_link(&tx, actor, &user).await?.token;
    record(&tx, actor, Action::ResetAccess, &user, None).await?;
    tx.commit().await?;
    Ok(token)
}

/// The person as they are then.
async fn take_access(tx: &Tx, actor: &Actor<'_>, user: &User) -> Result<User> {
    let user = Authority::lock(tx, actor, ManageUsers).await?.over_other(tx, actor, user.id).await?;
    ensure_admin_besides(tx, user.id).await?;
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .exec(tx)
        .await?;
    credentials::end_access(tx, &user).await?;
    Ok(User { password_hash: None, ..user })
}

/// What was done to them, where there is mail.
async fn tell(tx: &Tx, config: &Config, user: &User, what: &str, reason: Option<&Reason>) -> Result<(), DbErr> {
    let notice = messages::AccountNotice { username: user.username.clone(), what: what.to_owned(), reason: reason.map(Reason::to_string) };
    mail::send(tx, config, &user.email, Some(user.id), &notice).await
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
        tell(&tx, config, &user, "An administrator let you in again: your account is active.", reason).await?;
        record(&tx, actor, Action::Activate, &user, reason).await?;
    } else {
        ensure_admin_besides(&tx, user.id).await?;
        set_deactivated(&tx, &user, Some(Timestamp::now())).await?;
        sessions::end_all(&tx, user.id, None).await?;
        tokens::void(&tx, user.id, None).await?;
        tokens::void_made_by(&tx, user.id).await?;
        tell(&tx, config, &user, "An administrator deactivated your account. You are signed out and cannot sign in.", reason).await?;
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
        tell(&tx, config, &user, "An administrator signed you out on every device.", reason).await?;
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
    ensure_admin_besides(&tx, user.id).await?;
    tokens::void_made_by(&tx, user.id).await?;
    tell(&tx, config, &user, "An administrator deleted your account, with everything that belonged to it.", reason).await?;
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
