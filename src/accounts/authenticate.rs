use super::{
    Client, Identifier, Overloaded, Password, User,
    audit::{self, Action, Entry},
    find,
    passwords::is_current,
    throttle::{self, Throttled, Tries, limits},
};
use crate::{
    config::Config,
    db::Db,
    entity::user::{self, PasswordHash},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

/// Somebody who proved who they are, and may be signed in. Only verbs of this room make one.
#[derive(Debug)]
pub struct Authenticated {
    pub user: User,
    /// By what, for the audit.
    pub(super) by: &'static str,
    pub(super) tries: Option<Tries>,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Nobody of that name, no password set, or another one: the visitor cannot tell which.
    #[error("wrong identifier or password")]
    Wrong,
    /// Said only to who knew the password.
    #[error("the account is deactivated")]
    Deactivated,
    #[error("counting tries")]
    Throttled(#[from] Throttled),
    #[error("hashing a password")]
    Overloaded(#[from] Overloaded),
    #[error("the database")]
    Database(#[from] DbErr),
}

/// Whoever is not throttled costs one verified hash, known or not, so that the time it takes tells nothing.
pub async fn authenticate(
    db: &Db,
    config: &Config,
    client: &Client,
    identifier: &Identifier,
    password: &Password,
) -> Result<Authenticated, SignInError> {
    let user = find(db, identifier).await?;
    let account = user.as_ref().map_or_else(|| throttle::of_nobody(identifier.as_str()), throttle::of_user);
    let network = throttle::of_client(client);
    let counted =
        vec![(limits::SIGN_IN, format!("{account} {network}")), (limits::SIGN_IN_CLIENT, network), (limits::SIGN_IN_STREAK, account)];
    let tries = throttle::take(db, config, counted).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.as_ref());
    let right = password.verify(hash).await?;
    match user {
        Some(user) if right && user.is_active() => {
            rehash_if_weak(db, &user, password).await?;
            Ok(Authenticated { user, by: "password", tries: Some(tries) })
        }
        Some(user) if right => {
            failed(db, client, Some(&user), &format!("deactivated{}", tries.note())).await?;
            Err(SignInError::Deactivated)
        }
        user => {
            failed(db, client, user.as_ref(), &format!("identifier {}{}", hashed(identifier), tries.note())).await?;
            Err(SignInError::Wrong)
        }
    }
}

/// Leaves `credentials` alone: the password is the same. A password set meanwhile wins.
async fn rehash_if_weak(db: &Db, user: &User, password: &Password) -> Result<(), SignInError> {
    let Some(old) = user.password_hash.as_ref().filter(|hash| !is_current(hash)) else { return Ok(()) };
    let new: PasswordHash = password.rehash().await?;
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, sea_orm::sea_query::Expr::value(new))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::PasswordHash.eq(old.clone()))
        .exec(db)
        .await?;
    Ok(())
}

async fn failed(db: &Db, client: &Client, user: Option<&User>, detail: &str) -> Result<(), DbErr> {
    let entry = Entry { action: Action::SignIn, succeeded: false, actor: None, user: user.map(|user| user.id), detail };
    audit::record(db, client, entry).await
}

/// People mistype their passwords into this field.
fn hashed(identifier: &Identifier) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(identifier.as_str())[..12])
}
