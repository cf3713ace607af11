use super::{
    Client, DisplayName, Result, User, Username,
    audit::{self, Action, Entry},
    error::taken,
};
use crate::{
    db::{Db, Timestamp, writing},
    entity::user,
};
use sea_orm::{ActiveValue::Set, EntityTrait};

pub async fn update_profile(db: &Db, client: &Client, user: &User, username: Username, name: DisplayName) -> Result<()> {
    if user.username == username.as_str() && user.name == name.as_str() {
        return Ok(());
    }
    let mut entry = Entry::by(user, Action::UpdateProfile);
    if user.username != username.as_str() {
        entry = entry.detail(format!("username {} to {username}", user.username));
    }
    let changed = user::ActiveModel {
        id: Set(user.id),
        username: Set(username.to_string()),
        name_key: Set(name.key()),
        name: Set(name.as_str().to_owned()),
        updated_at: Set(Timestamp::now()),
        ..Default::default()
    };
    let tx = writing(db).await?;
    user::Entity::update(changed).exec(&tx).await.map_err(taken)?;
    audit::record(&tx, client, entry).await?;
    tx.commit().await?;
    Ok(())
}
