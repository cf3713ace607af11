use super::{
    Client, DisplayName, User, Username,
    audit::{self, Action, Entry},
    fold,
};
use crate::{
    db::{Db, Timestamp, writing},
    entity::user,
};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, SqlErr};

#[derive(Debug, thiserror::Error)]
pub enum UpdateProfileError {
    #[error("the username is taken")]
    UsernameTaken,
    #[error("the database")]
    Database(#[source] DbErr),
}

impl From<DbErr> for UpdateProfileError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::UsernameTaken,
            _ => Self::Database(error),
        }
    }
}

pub async fn update_profile(
    db: &Db,
    client: &Client,
    user: &User,
    username: Username,
    name: DisplayName,
) -> Result<(), UpdateProfileError> {
    if user.username == username.as_str() && user.name == name.as_str() {
        return Ok(());
    }
    let detail = format!("username {} to {username}", user.username);
    let renamed = user.username != username.as_str();
    let changed = user::ActiveModel {
        id: Set(user.id),
        username: Set(username.to_string()),
        name_key: Set(fold(name.as_str())),
        name: Set(name.as_str().to_owned()),
        updated_at: Set(Timestamp::now()),
        ..Default::default()
    };
    let tx = writing(db).await?;
    user::Entity::update(changed).exec(&tx).await?;
    let entry = Entry {
        action: Action::UpdateProfile,
        succeeded: true,
        actor: Some(user.id),
        user: Some(user.id),
        detail: if renamed { &detail } else { "" },
    };
    audit::record(&tx, client, entry).await?;
    tx.commit().await?;
    Ok(())
}
