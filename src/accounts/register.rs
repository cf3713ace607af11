use super::{
    Authenticated, Client, Email, Error, Password, Result, Token, User, Username,
    audit::{self, Action, Entry},
    confirm,
    error::taken,
    links, roles,
    throttle::{self, Whom, limits},
    tokens::{self, Purpose},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user::{self, PasswordHash},
};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};

#[derive(Debug)]
pub struct NewUser {
    pub email: Email,
    pub username: Username,
    pub password: Password,
}

/// Makes an account with the role `user`, whose owner may be signed in at once.
pub async fn register(db: &Db, config: &Config, client: &Client, new: NewUser) -> Result<Authenticated> {
    let tries = throttle::take(db, config, [limits::REGISTER.on([Whom::Client(client.network())])]).await?;
    let user = tries.unless_overloaded(db, prepare(config, &new).await).await?;
    let may_mail = config.has_mail() && links::may_mail(db, config, client, new.email.as_str()).await?;
    let tx = writing(db).await?;
    let user = insert(&tx, user).await?;
    if may_mail {
        confirm::send(&tx, config, &user).await?;
    }
    audit::record(&tx, client, Entry::by(&user, Action::Register)).await?;
    tx.commit().await?;
    Ok(Authenticated::now(user, "registration"))
}

/// The address that a link of a registration proves.
pub async fn find_registration(db: &Db, config: &Config, token: &Token) -> Result<Email> {
    let row = tokens::find(db, Purpose::Register, token).await?.ok_or(Error::LinkUsed)?;
    let email = Email::parse(&row.email.unwrap_or_default()).map_err(|_| Error::LinkUsed)?;
    if may_register(config, &email) { Ok(email) } else { Err(Error::LinkUsed) }
}

/// As the settings say now, which may not be what they said when a link was mailed.
pub fn may_register(config: &Config, email: &Email) -> bool {
    config.registration_open && email.is_of(&config.registration_domains)
}

/// Makes an account at the address to which the link was mailed. What is refused leaves the link as it was.
pub async fn complete_registration(
    db: &Db,
    config: &Config,
    client: &Client,
    token: &Token,
    username: Username,
    password: Password,
) -> Result<Authenticated> {
    let tries = throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let email = find_registration(db, config, token).await?;
    let new = NewUser { email, username, password };
    let mut row = tries.unless_overloaded(db, prepare(config, &new).await).await?;
    row.email_confirmed_at = Set(Some(Timestamp::now()));
    let tx = writing(db).await?;
    tokens::consume(&tx, Purpose::Register, token).await?;
    let user = match insert(&tx, row).await {
        // Somebody else has it by now, or takes an account back by it.
        Err(Error::EmailTaken) => return Err(Error::LinkUsed),
        user => user?,
    };
    audit::record(&tx, client, Entry::by(&user, Action::Register)).await?;
    tx.commit().await?;
    Ok(Authenticated::now(user, "registration"))
}

/// Hashes, so it comes before the transaction.
pub(super) async fn prepare(config: &Config, new: &NewUser) -> Result<user::ActiveModel> {
    let hash = new.password.hash_if_strong(&[new.email.as_str(), new.username.as_str(), &config.app_name]).await?;
    Ok(row(&new.email, &new.username, Some(hash)))
}

pub(super) fn row(email: &Email, username: &Username, password_hash: Option<PasswordHash>) -> user::ActiveModel {
    let now = Timestamp::now();
    user::ActiveModel {
        email: Set(email.to_string()),
        username: Set(username.to_string()),
        name: Set(String::new()),
        name_key: Set(String::new()),
        password_hash: Set(password_hash),
        credentials: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }
}

pub(super) async fn insert(tx: &Tx, user: user::ActiveModel) -> Result<User> {
    let user = user::Entity::insert(user).exec_with_returning(tx).await.map_err(taken)?;
    // Asked after the write: who is about to give that address up for another one has left their link by then.
    if tokens::undo_owner(tx, &user.email).await?.is_some() {
        return Err(Error::EmailTaken);
    }
    let role = roles::find(tx, roles::USER).await?.ok_or_else(|| DbErr::RecordNotFound("the role `user`".to_owned()))?;
    roles::insert(tx, user.id, &role).await?;
    Ok(user)
}
