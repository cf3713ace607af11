//! Showing that the address of an account is its owner's.
use super::{
    Client, Error, Result, Token, User,
    audit::{self, Action, Entry},
    links, lock,
    throttle::{self, Whom, limits},
    tokens::{self, Issue, Purpose},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
    mail::{self, Link, messages},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// To the address of the account, however often it is asked for.
pub async fn send_confirmation(db: &Db, config: &Config, client: &Client, user: &User) -> Result<()> {
    if links::may_mail(db, config, client, &user.email).await? {
        let tx = writing(db).await?;
        lock(&tx, user.id).await?;
        send(&tx, config, user).await?;
        tx.commit().await?;
    }
    Ok(())
}

pub(super) async fn send(tx: &Tx, config: &Config, user: &User) -> Result<(), DbErr> {
    let issued = tokens::issue(tx, &Issue { user: Some(user), email: Some(&user.email), ..Issue::of(Purpose::Confirm) }).await?;
    let link = Link::to("/confirm", issued.token.expose());
    let mail = messages::Confirm { username: user.username.clone(), link, until: issued.until };
    mail::send(tx, config, &user.email, Some(user.id), &mail).await
}

/// Whether the link is good, and for `user`: for nobody else it does anything, so that an owner who never registered does not bless
/// what a stranger made with their address.
pub async fn find_confirmation(db: &Db, user: &User, token: &Token) -> Result<()> {
    let row = tokens::find(db, Purpose::Confirm, token).await?.ok_or(Error::LinkUsed)?;
    if row.user_id != Some(user.id) {
        return Err(Error::OtherAccount);
    }
    // The address may have been changed since.
    if row.email.as_ref() == Some(&user.email) { Ok(()) } else { Err(Error::LinkUsed) }
}

pub async fn confirm(db: &Db, config: &Config, client: &Client, user: &User, token: &Token) -> Result<()> {
    throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    find_confirmation(db, user, token).await?;
    let tx = writing(db).await?;
    let update = user::Entity::update_many()
        .col_expr(user::Column::EmailConfirmedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::Email.eq(&user.email));
    if update.exec(&tx).await?.rows_affected == 0 {
        return Err(Error::LinkUsed);
    }
    tokens::consume(&tx, Purpose::Confirm, token).await?;
    audit::record(&tx, client, Entry::by(user, Action::ConfirmEmail)).await?;
    Ok(tx.commit().await?)
}

/// By whatever showed that the address is theirs.
pub(super) async fn mark_confirmed(tx: &Tx, client: &Client, user: &User, by: &str) -> Result<(), DbErr> {
    audit::record(tx, client, Entry::about(Some(user), Action::ConfirmEmail).detail(format!("by {by}"))).await?;
    let update = user::Entity::update_many().col_expr(user::Column::EmailConfirmedAt, Expr::value(Timestamp::now()));
    update.filter(user::Column::Id.eq(user.id)).exec(tx).await.map(drop)
}
