//! Ways into an account: a link for a password, and what takes all others away.
use super::record;
use crate::{
    accounts::{
        Actor, Email,
        Permission::ManageUsers,
        Reason, Result, User, Username,
        audit::Action,
        credentials, identities, notify, register,
        roles::{Authority, ensure_admin_besides},
        tokens::{self, Issue, Issued, Purpose, Token},
    },
    config::Config,
    db::{Db, Tx, writing},
    mail::{self, Link, messages},
};
use sea_orm::DbErr;

/// How a link is to reach the owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By mail, so that using it proves the address, and nobody else sees it; shown where there is no mail.
    Mail,
    /// To whoever makes it: the command line.
    Show,
}

/// How it went.
pub enum Delivered {
    Mailed,
    /// Whoever has it can sign in as them.
    Shown(Token),
}

/// An account without a password, and the link by which its owner sets one.
pub async fn invite(db: &Db, config: &Config, actor: &Actor<'_>, email: Email, username: Username) -> Result<(User, Delivered)> {
    let tx = writing(db).await?;
    Authority::lock(&tx, actor, ManageUsers).await?;
    let user = register::insert(&tx, register::row(&email, &username, None)).await?;
    let link = deliver_link(&tx, config, actor, &user, Delivery::Mail).await?;
    record(&tx, actor, Action::CreateUser, &user, None).await?;
    tx.commit().await?;
    Ok((user, link))
}

/// A link by which the person sets a password; it lasts for an hour, or three days where it is the first.
pub async fn make_password_link(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, delivery: Delivery) -> Result<Delivered> {
    let tx = writing(db).await?;
    let user = Authority::lock(&tx, actor, ManageUsers).await?.over_other(&tx, actor, user.id).await?;
    let link = deliver_link(&tx, config, actor, &user, delivery).await?;
    if matches!(link, Delivered::Shown(_)) {
        notify(&tx, config, &user, "An administrator made a link by which your password can be set, and has seen it.", None).await?;
    }
    record(&tx, actor, Action::MakePasswordLink, &user, None).await?;
    tx.commit().await?;
    Ok(link)
}

/// Takes away every way in: password, identities, sessions, open links. The link that it makes is the only one left.
pub async fn reset_access(
    db: &Db,
    config: &Config,
    actor: &Actor<'_>,
    user: &User,
    reason: Option<&Reason>,
    delivery: Delivery,
) -> Result<Delivered> {
    let tx = writing(db).await?;
    let user = take_access(&tx, config, actor, user).await?;
    notify(&tx, config, &user, "An administrator closed every way into your account. You get a link to set a new password.", reason)
        .await?;
    let link = deliver_link(&tx, config, actor, &user, delivery).await?;
    record(&tx, actor, Action::ResetAccess, &user, reason).await?;
    tx.commit().await?;
    Ok(link)
}

async fn deliver_link(tx: &Tx, config: &Config, actor: &Actor<'_>, user: &User, delivery: Delivery) -> Result<Delivered, DbErr> {
    let lasts = if user.has_password() { Issue::of(Purpose::ResetPassword).lasts } else { tokens::FIRST_PASSWORD };
    let issue = Issue { user: Some(user), lasts, ..Issue::of(Purpose::ResetPassword) };
    if delivery == Delivery::Show || !config.has_mail() {
        return Ok(Delivered::Shown(tokens::issue(tx, &Issue { maker: actor.user, ..issue }).await?.token));
    }
    let Issued { token, until } = tokens::issue(tx, &Issue { email: Some(&user.email), ..issue }).await?;
    let mail = messages::SetPassword { username: user.username.clone(), link: Link::to("/password/reset", token.expose()), until };
    mail::send(tx, config, &user.email, Some(user.id), &mail).await?;
    Ok(Delivered::Mailed)
}

/// The person as they are then.
async fn take_access(tx: &Tx, config: &Config, actor: &Actor<'_>, user: &User) -> Result<User> {
    let user = Authority::lock(tx, actor, ManageUsers).await?.over_other(tx, actor, user.id).await?;
    ensure_admin_besides(tx, config, user.id).await?;
    credentials::remove_password(tx, &user).await?;
    identities::forget(tx, config, &user, None).await?;
    credentials::end_access(tx, &user).await?;
    Ok(User { password_hash: None, ..user })
}
