//! Ways into an account: a link for a password, and what takes all others away.
use super::{record, tell};
use crate::{
    accounts::{
        Actor, Email,
        Permission::ManageUsers,
        Reason, Result, User, Username,
        audit::Action,
        credentials, register,
        roles::{Authority, ensure_admin_besides},
        tokens::{self, Issue, Issued, Purpose, Token},
    },
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
    mail::{self, Link, messages},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

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
