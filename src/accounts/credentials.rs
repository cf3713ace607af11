//! Proving and changing a password. Whatever sets one raises `credentials` first and then ends sessions.
use super::{
    Actor, Client, Error, Password, Permission, Result, User,
    audit::{self, Action, Entry},
    confirm, devices, identities, lock,
    roles::{self, Authority},
    sessions::{self, Renewal},
    throttle::{self, Tries, Whom, limits},
    tokens::{self, Purpose, Token},
};
use crate::{
    config::Config,
    db::{Db, Timestamp, Tx, writing},
    entity::user::{self, PasswordHash},
    mail::{self, messages},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// Is this still the person who signed in? Wrong answers count, right ones do not.
pub async fn prove_password(db: &Db, config: &Config, client: &Client, user: &User, password: &Password) -> Result<()> {
    let tries = prove(db, config, client, user, password).await?;
    let tx = writing(db).await?;
    tries.give_back(&tx).await?;
    audit::record(&tx, client, Entry::by(user, Action::Prove).detail("password")).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers the tries that this took, for what they were for to give back once it is done.
async fn prove(db: &Db, config: &Config, client: &Client, user: &User, password: &Password) -> Result<Tries> {
    let tries = throttle::take(db, config, [limits::PROOF.on([Whom::User(user.id)])]).await?;
    if tries.unless_overloaded(db, password.verify(user.password_hash.as_ref()).await).await? {
        return Ok(tries);
    }
    audit::record(db, client, Entry::by(user, Action::Prove).outcome(tries.failure()).detail("password")).await?;
    Err(Error::Wrong)
}

/// The password that is, and the one to be.
#[derive(Debug)]
pub struct PasswordChange {
    /// None where none is set yet: then the caller has made sure that they are who they say.
    pub current: Option<Password>,
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
) -> Result<()> {
    let (action, tries) = match (&change.current, user.has_password()) {
        (Some(current), true) => (Action::ChangePassword, Some(prove(db, config, client, user, current).await?)),
        (None, false) => (Action::SetPassword, None),
        _ => return Err(Error::Changed),
    };
    let hash = strong_hash(config, user, &change.new).await?;
    let tx = writing(db).await?;
    replace_hash(&tx, user, hash).await?;
    sessions::renew(&tx, renewal).await?;
    sessions::end_all(&tx, user.id, Some(&renewal.new)).await?;
    tokens::void(&tx, user.id, None).await?;
    throttle::forgive(&tx, user).await?;
    if let Some(tries) = tries {
        tries.give_back(&tx).await?;
    }
    tell_of_change(&tx, config, user).await?;
    audit::record(&tx, client, Entry::by(user, action)).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell_of_change(tx: &Tx, config: &Config, user: &User) -> Result<(), DbErr> {
    let mail = messages::PasswordChanged { username: user.username.clone(), at: Timestamp::now() };
    mail::send(tx, config, &user.email, Some(user.id), &mail).await
}

/// By somebody else. Also ends every session of the person, and forgives a hundred failures in a row.
pub async fn set_password(db: &Db, config: &Config, actor: &Actor<'_>, user: &User, new: &Password) -> Result<()> {
    let hash = strong_hash(config, user, new).await?;
    let tx = writing(db).await?;
    Authority::lock(&tx, actor, Permission::ManageUsers).await?.over(&tx, user.id).await?;
    replace_hash(&tx, user, hash).await?;
    end_access(&tx, user).await?;
    tell_of_change(&tx, config, user).await?;
    audit::record(&tx, actor.client, Entry::of(actor, Action::SetPassword).on_user(user)).await?;
    Ok(tx.commit().await?)
}

/// Whose password a link sets; None where it is no longer valid.
pub async fn find_by_link(db: &Db, token: &Token) -> Result<Option<User>, DbErr> {
    Ok(read_link(db, token).await?.map(|(_, user)| user))
}

/// One that was mailed to an address which is no longer the account's sets nothing.
async fn read_link(db: &Db, token: &Token) -> Result<Option<(tokens::Row, User)>, DbErr> {
    let Some(row) = tokens::find(db, Purpose::ResetPassword, token).await? else { return Ok(None) };
    let Some(id) = row.user_id else { return Ok(None) };
    let user = user::Entity::find_by_id(id).one(db).await?.filter(|user| row.email.as_ref().is_none_or(|email| *email == user.email));
    Ok(user.map(|user| (row, user)))
}

/// Signs nobody in. A password that is refused leaves the link as it was. A link that was mailed proves its address: whoever had not
/// proved it before loses what they made of the account.
pub async fn reset_password(db: &Db, config: &Config, client: &Client, token: &Token, new: &Password) -> Result<()> {
    let tries = throttle::take(db, config, [limits::LINK.on([Whom::Client(client.network())])]).await?;
    let (row, user) = read_link(db, token).await?.ok_or(Error::LinkUsed)?;
    let hash = tries.unless_overloaded(db, strong_hash(config, &user, new).await).await?;
    let proves = row.email.is_some() && user.email_confirmed_at.is_none();
    let tx = writing(db).await?;
    if proves {
        // Roles may be taken.
        roles::lock(&tx).await?;
    }
    let set = replace_hash(&tx, &user, hash).await;
    set.map_err(|error| if matches!(error, Error::Changed) { Error::LinkUsed } else { error })?;
    tokens::consume(&tx, Purpose::ResetPassword, token).await?;
    end_access(&tx, &user).await?;
    if proves {
        wipe(&tx, config, client, &user, "a new password").await?;
    }
    tell_of_change(&tx, config, &user).await?;
    audit::record(&tx, client, Entry::about(Some(&user), Action::SetPassword).detail("link")).await?;
    Ok(tx.commit().await?)
}

/// The same by a provider, which shows that the address is theirs. Password, sessions and links go, too. Answers the account as it is then.
pub(super) async fn take_over(tx: &Tx, config: &Config, client: &Client, user: &User, provider: &str) -> Result<User> {
    remove_password(tx, user).await?;
    end_access(tx, user).await?;
    wipe(tx, config, client, user, provider).await?;
    lock(tx, user.id).await?.ok_or(Error::Gone)
}

/// Raises `credentials`, too.
pub(super) async fn remove_password(tx: &Tx, user: &User) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .exec(tx)
        .await
        .map(drop)
}

/// Somebody shows that the address of an account is theirs, of whom nobody knows whether they made it: what a stranger may have done
/// with it is undone. Password, sessions and links are gone by then. An account that nobody used yet keeps the roles that an admin
/// gave it.
async fn wipe(tx: &Tx, config: &Config, client: &Client, user: &User, by: &str) -> Result<()> {
    let was_used = user.has_password() || identities::has_any(tx, user).await?;
    identities::forget(tx, config, user, None).await?;
    confirm::mark_confirmed(tx, client, user, by).await?;
    match roles::ensure_admin_besides(tx, config, user.id).await {
        Ok(()) if was_used => roles::strip(tx, client, user).await,
        // Nobody else could look after the app.
        Ok(()) | Err(Error::LastAdmin) => Ok(()),
        Err(error) => Err(error),
    }
}

/// By what was before: every session of the person, every open link to the account or that somebody in it made. No browser is known
/// any more.
pub(super) async fn end_access(tx: &Tx, user: &User) -> Result<()> {
    sessions::end_all(tx, user.id, None).await?;
    tokens::void(tx, user.id, None).await?;
    tokens::void_made_by(tx, user.id).await?;
    devices::forget(tx, user).await?;
    Ok(throttle::forgive(tx, user).await?)
}

async fn strong_hash(config: &Config, user: &User, password: &Password) -> Result<PasswordHash> {
    password.hash_if_strong(&[&user.email, &user.username, &user.name, &config.app_name]).await
}

/// Refuses where the row's credentials are no longer those that were read.
async fn replace_hash(tx: &Tx, user: &User, hash: PasswordHash) -> Result<()> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .col_expr(user::Column::Credentials, Expr::col(user::Column::Credentials).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(Timestamp::now()))
        .filter(user::Column::Id.eq(user.id))
        .filter(user::Column::Credentials.eq(user.credentials));
    match update.exec(tx).await?.rows_affected {
        0 => Err(Error::Changed),
        _ => Ok(()),
    }
}
