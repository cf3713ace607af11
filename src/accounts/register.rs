use super::{
    Authenticated, Client, Email, Password, PasswordError, User, Username,
    audit::{self, Action, Entry},
    throttle::{self, Throttled, limits},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::{role, user, user_role},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, SqlErr};

#[derive(Debug)]
pub struct NewUser {
    pub email: Email,
    pub username: Username,
    pub password: Password,
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("the email address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error("setting a password")]
    Password(#[from] PasswordError),
    #[error("counting tries")]
    Throttled(#[from] Throttled),
    #[error("the database")]
    Database(#[source] DbErr),
}

impl From<DbErr> for RegisterError {
    /// The unique index decides who came first, not a look beforehand.
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(index)) if index.contains("username") => Self::UsernameTaken,
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::EmailTaken,
            _ => Self::Database(error),
        }
    }
}

/// Makes an account with the role `user`, whose owner may be signed in at once.
pub async fn register(db: &Db, config: &Config, client: &Client, new: NewUser) -> Result<Authenticated, RegisterError> {
    throttle::take(db, config, vec![(limits::REGISTER, throttle::of_client(client))]).await?;
    let user = prepare(config, &new).await?;
    let tx = writing(db).await?;
    let user = insert(&tx, user).await?;
    let entry = Entry { action: Action::Register, succeeded: true, actor: Some(user.id), user: Some(user.id), detail: "" };
    audit::record(&tx, client, entry).await?;
    tx.commit().await?;
    Ok(Authenticated { user, by: "registration", tries: None })
}

/// Hashes, so it comes before the transaction.
pub(super) async fn prepare(config: &Config, new: &NewUser) -> Result<user::ActiveModel, PasswordError> {
    let hash = new.password.hash(&[new.email.as_str(), new.username.as_str(), &config.app_name]).await?;
    let now = Timestamp::now();
    Ok(user::ActiveModel {
        email: Set(new.email.to_string()),
        username: Set(new.username.to_string()),
        name: Set(String::new()),
        name_key: Set(String::new()),
        password_hash: Set(Some(hash)),
        credentials: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    })
}

pub(super) async fn insert(tx: &Tx, user: user::ActiveModel) -> Result<User, DbErr> {
    let user = user::Entity::insert(user).exec_with_returning(tx).await?;
    let role = role::Entity::find().filter(role::Column::Name.eq("user")).one(tx).await?;
    let role = role.ok_or_else(|| DbErr::RecordNotFound("the role `user`".to_owned()))?;
    let grant = user_role::ActiveModel { user_id: Set(user.id), role_id: Set(role.id) };
    user_role::Entity::insert(grant).exec_without_returning(tx).await?;
    Ok(user)
}
