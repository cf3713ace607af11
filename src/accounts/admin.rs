//! What the command line does to people.
use super::{
    Client, NewUser, Password, Result, User,
    audit::{self, Action, Entry},
    credentials, register, sessions, throttle,
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

/// The address counts as confirmed: whoever runs the server vouches for it.
pub async fn create(db: &Db, config: &Config, client: &Client, new: NewUser) -> Result<User> {
    let mut row = register::prepare(config, &new).await?;
    row.email_confirmed_at = Set(Some(Timestamp::now()));
    let tx = writing(db).await?;
    let user = register::insert(&tx, row).await?;
    record(&tx, client, Action::CreateUser, &user).await?;
    tx.commit().await?;
    Ok(user)
}

/// In the order of their ids, `after` the one given.
pub async fn list(db: &Db, after: i64, limit: u64) -> Result<Vec<User>, DbErr> {
    user::Entity::find().filter(user::Column::Id.gt(after)).order_by_asc(user::Column::Id).limit(limit).all(db).await
}

/// Answers whether it changed anything.
pub async fn activate(db: &Db, client: &Client, user: &User) -> Result<bool, DbErr> {
    let tx = writing(db).await?;
    let update = user::Entity::update_many()
        .col_expr(user::Column::DeactivatedAt, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::DeactivatedAt.is_not_null());
    let changed = update.exec(&tx).await?.rows_affected == 1;
    if changed {
        record(&tx, client, Action::Activate, user).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Also ends every session of the person. Answers whether it changed anything.
pub async fn deactivate(db: &Db, client: &Client, user: &User) -> Result<bool, DbErr> {
    let tx = writing(db).await?;
    let update = user::Entity::update_many()
        .col_expr(user::Column::DeactivatedAt, Expr::value(Timestamp::now()))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::DeactivatedAt.is_null());
    let changed = update.exec(&tx).await?.rows_affected == 1;
    sessions::end_all(&tx, user.id, None).await?;
    if changed {
        record(&tx, client, Action::Deactivate, user).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Also ends every session of the person, and forgives a hundred failures in a row.
pub async fn reset_password(db: &Db, config: &Config, client: &Client, user: &User, password: &Password) -> Result<()> {
    credentials::reset_password(db, config, client, user, password).await
}

/// With everything that belongs to the person; the audit keeps what they did. Answers whether it changed anything.
pub async fn delete(db: &Db, client: &Client, user: &User) -> Result<bool, DbErr> {
    let tx = writing(db).await?;
    let deleted = user::Entity::delete_by_id(user.id).exec(&tx).await?.rows_affected == 1;
    if deleted {
        throttle::forgive(&tx, user).await?;
        record(&tx, client, Action::DeleteUser, user).await?;
    }
    tx.commit().await?;
    Ok(deleted)
}

async fn record(tx: &Tx, client: &Client, action: Action, user: &User) -> Result<(), DbErr> {
    audit::record(tx, client, Entry::about(Some(user), action).detail(format!("username {}", user.username))).await
}
