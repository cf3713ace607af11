//! Another address for an account. Until the link that is mailed there is used, everything goes by the old one; and the old one can
//! take the account back for three days.
use super::{
    Client, Email, Error, Result, Token, User, Viewer,
    audit::{self, Action, Entry},
    error::taken,
    find_owner, identities, links, lock,
    sessions::{self, Renewal},
    throttle::{self, Whom, limits},
    tokens::{self, Issue, Issued, Purpose},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
    jobs::{self, Job},
    mail::{self, Link, messages},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};

/// Somebody wants that address for their account. A job finds out whether it is free, so that the request tells nobody.
#[derive(Serialize, Deserialize)]
pub struct WantedEmail {
    user_id: i64,
    email: String,
    token: String,
    until: Timestamp,
}

impl Job for WantedEmail {
    const KIND: &'static str = "wanted-email";
}

impl WantedEmail {
    /// Nothing where the change was cancelled or replaced meanwhile, or the person is gone.
    pub async fn answer(self, db: &Db, config: &Config) -> Result<()> {
        let tx = writing(db).await?;
        let Some(user) = lock(&tx, self.user_id).await? else { return Ok(()) };
        if tokens::find(&tx, Purpose::ChangeEmail, &Token::parse(&self.token)).await?.is_none() {
            return Ok(());
        }
        match find_owner(&tx, &self.email).await?.filter(|owner| owner.id != user.id) {
            Some(owner) => {
                let mail = messages::EmailInUse { username: owner.username };
                mail::send(&tx, config, &self.email, Some(owner.id), &mail).await?;
            }
            None => {
                let link = Link::to("/account/email", &self.token);
                let mail = messages::ChangeEmail { username: user.username, link, until: self.until };
                mail::send(&tx, config, &self.email, Some(user.id), &mail).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

/// Replaces a change that is pending, and the old address is told. Where that address got enough mail already nothing happens, so
/// that a link that is on its way stays good.
pub async fn request_email_change(db: &Db, config: &Config, client: &Client, viewer: &Viewer, email: &Email) -> Result<()> {
    if !links::may_mail(db, config, client, email.as_str()).await? {
        return Ok(());
    }
    let email = email.to_string();
    let tx = writing(db).await?;
    let user = lock(&tx, viewer.user.id).await?.ok_or(Error::Gone)?;
    // What ended the session meanwhile, as a new password does, voided what was pending: this must not come after it.
    if !sessions::is_there(&tx, user.id, &viewer.session.public_id).await? {
        return Err(Error::Changed);
    }
    let issue = Issue { user: Some(&user), email: Some(&email), ..Issue::of(Purpose::ChangeEmail) };
    let Issued { token, until } = tokens::issue(&tx, &issue).await?;
    let wanted = WantedEmail { user_id: user.id, email: email.clone(), token: token.expose().to_owned(), until };
    jobs::enqueue(&tx, config, Some(user.id), &wanted).await?;
    let notice = messages::EmailChangeRequested { username: user.username.clone(), new: email.clone() };
    mail::send(&tx, config, &user.email, Some(user.id), &notice).await?;
    audit::record(&tx, client, Entry::by(&user, Action::RequestEmailChange).detail(format!("to {email}"))).await?;
    Ok(tx.commit().await?)
}

/// The address that a pending change leads to.
pub async fn pending_email(db: &Db, user: &User) -> Result<Option<String>, DbErr> {
    Ok(tokens::open_of(db, Purpose::ChangeEmail, user).await?.and_then(|row| row.email))
}

pub async fn cancel_email_change(db: &Db, client: &Client, user: &User) -> Result<()> {
    let tx = writing(db).await?;
    tokens::void(&tx, user.id, Some(Purpose::ChangeEmail)).await?;
    audit::record(&tx, client, Entry::by(user, Action::CancelEmailChange)).await?;
    Ok(tx.commit().await?)
}

/// The address that the link gives to `user`, and to nobody else.
pub async fn find_email_change(db: &Db, user: &User, token: &Token) -> Result<String> {
    let row = tokens::find(db, Purpose::ChangeEmail, token).await?.ok_or(Error::LinkUsed)?;
    if row.user_id != Some(user.id) {
        return Err(Error::OtherAccount);
    }
    row.email.ok_or(Error::LinkUsed)
}

/// To the address that the link was mailed to, which that proves. Also ends every other session, and what was open by the old one;
/// `renewal` moves the one that it is done with.
pub async fn change_email(db: &Db, config: &Config, client: &Client, user: &User, token: &Token, renewal: &Renewal) -> Result<()> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let email = find_email_change(db, user, token).await?;
    if !Email::parse(&email).is_ok_and(|email| email.is_of(&config.registration_domains)) {
        return Err(Error::LinkUsed);
    }
    let tx = writing(db).await?;
    let update = proven(&email).filter(user::Column::Id.eq(user.id)).filter(user::Column::Email.eq(&user.email));
    if update.exec(&tx).await.map_err(taken)?.rows_affected == 0 {
        return Err(Error::LinkUsed);
    }
    tokens::consume(&tx, Purpose::ChangeEmail, token).await?;
    // Asked after the write: who is about to give that address up for another one has left their link by then.
    if tokens::undo_owner(&tx, &email).await?.is_some_and(|owner| owner.id != user.id) {
        return Err(Error::EmailTaken);
    }
    sessions::renew(&tx, renewal).await?;
    sessions::end_all(&tx, user.id, Some(&renewal.new)).await?;
    tokens::void(&tx, user.id, None).await?;
    if user.email_confirmed_at.is_some() {
        offer_undo(&tx, config, user, &email).await?;
    }
    audit::record(&tx, client, Entry::by(user, Action::ChangeEmail).detail(format!("{} to {email}", user.email))).await?;
    Ok(tx.commit().await?)
}

fn proven(email: &str) -> UpdateMany<user::Entity> {
    let now = Timestamp::now();
    user::Entity::update_many()
        .col_expr(user::Column::Email, Expr::value(email))
        .col_expr(user::Column::EmailConfirmedAt, Expr::value(now))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
}

async fn offer_undo(tx: &Tx, config: &Config, user: &User, new: &str) -> Result<(), DbErr> {
    let issue = Issue { user: Some(user), email: Some(&user.email), ..Issue::of(Purpose::UndoEmail) };
    let Issued { token, until } = tokens::issue(tx, &issue).await?;
    let undo = Link::to("/account/email/undo", token.expose());
    let mail = messages::EmailChanged { username: user.username.clone(), new: new.to_owned(), undo, until };
    mail::send(tx, config, &user.email, Some(user.id), &mail).await
}

/// Which address the link gives back.
pub async fn find_undo(db: &Db, token: &Token) -> Result<String> {
    let row = tokens::find(db, Purpose::UndoEmail, token).await?;
    row.and_then(|row| row.email).ok_or(Error::LinkUsed)
}

/// Gives the account back its address, and to nobody but whoever reads mail there: the password and whatever is connected are gone, since nobody knows when somebody else got in; every session is ended,
/// what was changed later can no longer be undone, and a link for a new password is mailed there.
pub async fn undo_email_change(db: &Db, config: &Config, client: &Client, token: &Token) -> Result<()> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let row = tokens::find(db, Purpose::UndoEmail, token).await?.ok_or(Error::LinkUsed)?;
    let (Some(id), Some(email)) = (row.user_id, row.email) else { return Err(Error::LinkUsed) };
    let tx = writing(db).await?;
    let user = lock(&tx, id).await?.ok_or(Error::LinkUsed)?;
    let update = proven(&email)
        .col_expr(user::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .filter(user::Column::Id.eq(user.id));
    match update.exec(&tx).await.map_err(taken) {
        Err(Error::EmailTaken) => return Err(Error::LinkUsed),
        updated => updated?,
    };
    tokens::consume(&tx, Purpose::UndoEmail, token).await?;
    tokens::void_since(&tx, user.id, Purpose::UndoEmail, row.created_at).await?;
    identities::forget(&tx, config, &user, None).await?;
    super::credentials::end_access(&tx, &user).await?;
    links::send_recovery(&tx, config, &user, &email).await?;
    audit::record(&tx, client, Entry::about(Some(&user), Action::UndoEmailChange).detail(format!("{} to {email}", user.email))).await?;
    Ok(tx.commit().await?)
}
