use super::{
    Authenticated, Client, Email, Password, Result, User, Username,
    audit::{self, Action, Entry},
    error::taken,
    roles,
    throttle::{self, Whom, limits},
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
    let tx = writing(db).await?;
    let user = insert(&tx, user).await?;
    audit::record(&tx, client, Entry::by(&user, Action::Register)).await?;
    tx.commit().await?;
    Ok(Authenticated { user, by: "registration", tries: None })
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
    let role = roles::find(tx, roles::USER).await?.ok_or_else(|| DbErr::RecordNotFound("the role `user`".to_owned()))?;
    roles::insert(tx, user.id, &role).await?;
    Ok(user)
}
