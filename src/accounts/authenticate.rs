use super::{
    Client, Error, Identifier, Password, Result, User,
    audit::{self, Action, Entry},
    find,
    passwords::is_current,
    throttle::{self, Tries, Whom, limits},
};
use crate::{
    config::Config,
    db::{Db, Timestamp},
    entity::user::{self, PasswordHash},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::borrow::Cow;

/// Somebody who proved who they are, and may be signed in. Only verbs of this room make one.
#[derive(Debug)]
pub struct Authenticated {
    pub user: User,
    /// By what, for the audit.
    pub(super) by: Cow<'static, str>,
    pub(super) tries: Option<Tries>,
    /// When they did. None: they are let in, and have yet to prove that they are there.
    pub(super) proven_at: Option<Timestamp>,
}

impl Authenticated {
    pub(super) fn now(user: User, by: impl Into<Cow<'static, str>>) -> Self {
        Self { user, by: by.into(), tries: None, proven_at: Some(Timestamp::now()) }
    }
}

/// Whoever is not throttled costs one verified hash, known or not, so that the time it takes tells nothing.
pub async fn authenticate(
    db: &Db,
    config: &Config,
    client: &Client,
    identifier: &Identifier,
    password: &Password,
) -> Result<Authenticated> {
    let user = find(db, identifier).await?;
    let account = user.as_ref().map_or(Whom::Nobody(identifier.as_str()), |user| Whom::User(user.id));
    let network = Whom::Client(client.network());
    let counted = [limits::SIGN_IN.on([account, network]), limits::SIGN_IN_CLIENT.on([network]), limits::SIGN_IN_STREAK.on([account])];
    let tries = throttle::take(db, config, counted).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.as_ref());
    let right = tries.unless_overloaded(db, password.verify(hash).await).await?;
    match user {
        Some(user) if right && user.is_active() => {
            rehash_if_weak(db, &user, password).await?;
            Ok(Authenticated { tries: Some(tries), ..Authenticated::now(user, "password") })
        }
        user => {
            let (error, detail) = match right {
                true => (Error::Deactivated, "deactivated".to_owned()),
                false => (Error::Wrong, format!("identifier {}", hashed(config, identifier))),
            };
            let entry = Entry::about(user.as_ref(), Action::SignIn).outcome(tries.failure()).detail(detail);
            audit::record(db, client, entry).await?;
            Err(error)
        }
    }
}

/// Leaves `credentials` alone: the password is the same. A password set meanwhile wins.
async fn rehash_if_weak(db: &Db, user: &User, password: &Password) -> Result<()> {
    let Some(old) = user.password_hash.as_ref().filter(|hash| !is_current(hash)) else { return Ok(()) };
    let new: PasswordHash = password.hash().await?;
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, sea_orm::sea_query::Expr::value(new))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::PasswordHash.eq(old.clone()))
        .exec(db)
        .await?;
    Ok(())
}

/// People mistype their passwords into this field: without the key nobody can try words against it.
fn hashed(config: &Config, identifier: &Identifier) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&config.secret_key.mac("identifier", identifier.as_str())[..12])
}
