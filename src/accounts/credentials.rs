//! Proving and changing a password. Whatever sets one raises `credentials` first and then ends sessions.
use super::{
    Client, Overloaded, Password, PasswordError, User,
    audit::{self, Action, Entry},
    sessions,
    throttle::{self, Throttled, limits},
};
use crate::{
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
pub async fn prove_password(db: &Db, client: &Client, scale: u32, user: &User, password: &Password) -> Result<(), ProofError> {
    let counted = vec![(limits::PROOF, throttle::of_account(Some(user), ""))];
    let tries = throttle::take(db, scale, counted).await?;
    let right = password.verify(user.password_hash.as_ref()).await?;
    let tx = writing(db).await?;
    if right {
        tries.give_back(&tx).await?;
    }
    let entry = Entry { action: Action::Prove, succeeded: right, actor: Some(user.id), user: Some(user.id), detail: "password" };
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
    /// Somebody else set a password between the form and this.
    #[error("the password was changed meanwhile")]
    Changed,
    #[error("the database")]
    Database(#[from] DbErr),
}

/// Also ends every session of the person but `keep`, whose caller renews it.
pub async fn change_password(
    db: &Db,
    client: &Client,
    scale: u32,
    user: &User,
    passwords: (&Password, &Password),
    keep: &sessions::Key,
) -> Result<(), ChangePasswordError> {
    let (current, new) = passwords;
    prove_password(db, client, scale, user, current).await?;
    set_password(db, client, user, new, Action::ChangePassword, Some(keep)).await
}

/// For somebody who has none: the caller has made sure that they are who they say.
pub async fn set_first_password(
    db: &Db,
    client: &Client,
    user: &User,
    new: &Password,
    keep: &sessions::Key,
) -> Result<(), ChangePasswordError> {
    if user.has_password() {
        return Err(ChangePasswordError::Changed);
    }
    set_password(db, client, user, new, Action::SetPassword, Some(keep)).await
}

pub(super) async fn set_password(
    db: &Db,
    client: &Client,
    user: &User,
    new: &Password,
    action: Action,
    keep: Option<&sessions::Key>,
) -> Result<(), ChangePasswordError> {
    let hash = new.hash(&[&user.email, &user.username, &user.name]).await?;
    let tx = writing(db).await?;
    if !replace_hash(&tx, user, hash).await? {
        return Err(ChangePasswordError::Changed);
    }
    sessions::end_all(&tx, user.id, keep).await?;
    throttle::forgive(&tx, user).await?;
    let actor = keep.map(|_| user.id);
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
