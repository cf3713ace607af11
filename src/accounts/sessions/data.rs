//! What handlers keep in a tower-sessions `Session`: the `data` column.
use super::{Client, Key, row};
use crate::{config::Config, db::Db, entity::session, seal::random_id};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::de::DeserializeOwned;

/// For a visitor who has not signed in. Never overwrites: a second session of that key is an error.
/// Answers its public id.
pub async fn create_anonymous(db: &Db, config: &Config, client: &Client, key: &Key, data: &str) -> Result<String, DbErr> {
    let public_id = random_id();
    let mut row = row(None, config, client, false, key, &public_id);
    row.data = Set(data.to_owned());
    session::Entity::insert(row).exec_without_returning(db).await?;
    Ok(public_id)
}

/// False: the session was ended meanwhile, and stays so.
pub async fn save_data(db: &Db, key: &Key, data: &str) -> Result<bool, DbErr> {
    let update =
        session::Entity::update_many().col_expr(session::Column::Data, Expr::value(data)).filter(session::Column::Id.eq(key.as_str()));
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// One of them, as it is at this moment. None where there is none, or it cannot be read as one.
pub async fn datum<T: DeserializeOwned>(db: &Db, key: &Key, name: &str) -> Result<Option<T>, DbErr> {
    let data = session::Entity::find().select_only().column(session::Column::Data).filter(session::Column::Id.eq(key.as_str()));
    let data: Option<String> = data.into_tuple().one(db).await?;
    let datum = data.and_then(|data| serde_json::from_str::<serde_json::Value>(&data).ok()?.get_mut(name).map(serde_json::Value::take));
    Ok(datum.and_then(|datum| serde_json::from_value(datum).ok()))
}
