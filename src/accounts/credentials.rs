//! Proving and changing a password. Whatever sets one raises `credentials` first and then ends sessions.
use super::{
    Client, Overloaded, Password, PasswordError, User,
    audit::{self, Action, Entry},
    sessions::{self, Renewal},
    throttle::{self, Throttled, limits},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user::{self, PasswordHash},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("wrong password")]
    Wrong,
    #[error("counting tries")]
    Throttled(#[from] Throttled),
    #[error("hashing a password")]
    Overloaded(#[from] Overloaded),
    #[error("the database")]
    Database(#[from] DbErr),
}

/// Is this still the person who signed in? Wrong answers count, right ones do not.
pub async fn prove_password(db: &Db, config: &Config, client: &Client, user: &User, password: &Password) -> Result<(), ProofError> {
    let counted = vec![(limits::PROOF, throttle::of_user(user))];
    let tries = throttle::take(db, config, counted).await?;
    let right = password.verify(user.password_hash.as_ref()).await?;
    let tx = writing(db).await?;
    if right {
        tries.give_back(&tx).await?;
    }
    let detail = format!("password{}", if right { "" } else { tries.note() });
    let entry = Entry { action: Action::Prove, succeeded: right, actor: Some(user.id), user: Some(user.id), detail: &detail };
    audit::record(&tx, client, entry).await?;
    tx.commit().await?;
    if right { Ok(()) } else { Err(ProofError::Wrong) }
}

#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    #[error("proving a password")]
    Proof(#[from] ProofError),
    #[error("setting a password")]
    Password(#[from] PasswordError),
    /// The password was set, or the session ended, between the form and this.
    #[error("the password was changed meanwhile")]
    Changed,
    #[error("the database")]
    Database(#[from] DbErr),
}

/// The password that is, and the one to be.
#[derive(Debug)]
pub struct PasswordChange {
    pub current: Password,
    pub new: Password,
}

/// Also ends every session of the person but the one that `renewal` moves to another key.
pub async fn change_password(
    db: &Db,
    config: &Config,
    client: &Client,
    user: &User,
    change: &PasswordChange,
    renewal: &Renewal,
) -> Result<(), ChangePasswordError> {
    prove_password(db, config, client, user, &change.current).await?;
    set_password(db, config, client, user, &change.new, Action::ChangePassword, Some(renewal)).await
}

/// For somebody who has none: the caller has made sure that they are who they say.
pub async fn set_first_password(
    db: &Db,
    config: &Config,
    client: &Client,
    user: &User,
    new: &Password,
    renewal: &Renewal,
) -> Result<(), ChangePasswordError> {
    if user.has_password() {
        return Err(ChangePasswordError::Changed);
    }
    set_password(db, config, client, user, new, Action::SetPassword, Some(renewal)).await
}

/// Without a renewal it is somebody else who sets it, and every session ends.
pub(super) async fn set_password(
    db: &Db,
    config: &Config,
    client: &Client,
    user: &User,
    new: &Password,
    action: Action,
    renewal: Option<&Renewal>,
) -> Result<(), ChangePasswordError> {
    let hash = new.hash(&[&user.email, &user.username, &user.name, &config.app_name]).await?;
    let tx = writing(db).await?;
    if !replace_hash(&tx, user, hash).await? {
        return Err(ChangePasswordError::Changed);
    }
    if let Some(renewal) = renewal
        && !sessions::renew(&tx, renewal).await?
    {
        return Err(ChangePasswordError::Changed);
    }
    sessions::end_all(&tx, user.id, renewal.map(|renewal| &renewal.new)).await?;
    throttle::forgive(&tx, user).await?;
    let actor = renewal.map(|_| user.id);
    audit::record(&tx, client, Entry { action, succeeded: true, actor, user: Some(user.id), detail: "" }).await?;
    tx.commit().await?;
    Ok(())
}

/// False where the row's credentials are no longer those that were read.
async fn replace_hash(tx: &Tx, user: &User, hash: PasswordHash) -> Result<bool, DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::Credentials.eq(user.credentials));
    Ok(update.exec(tx).await?.rows_affected == 1)
}
