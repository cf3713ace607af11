//! Somebody comes back from a provider to sign in. What happens depends on whether the identity is known, and else on the address:
//! whether it is proven, whether somebody has it, and whether they had proved it.
use super::{Claim, Identity, add, find, insert, touch};
use crate::{
    accounts::{
        self, Authenticated, Client, Email, Error, Identifier, Result, User, Username,
        audit::{self, Action, Entry, Outcome},
        confirm, credentials, find_by_email, find_owner, lock, register, roles,
    },
    config::Config,
    db::{Timestamp, Tx},
};
use sea_orm::ActiveValue::Set;

#[derive(Debug)]
pub enum Arrival {
    /// May be signed in.
    Here(Box<Authenticated>, News),
    /// Nobody yet. An address or a username is missing, unproven or taken: a form asks for it.
    Stranger,
    /// The address has an account, and nothing shows that it is theirs: they sign in to it first, and connect then.
    SignInFirst,
    /// Known, and deactivated.
    Deactivated,
    /// Nobody yet, and only admins add people.
    Closed,
    /// Nobody yet, and their address is of no domain that may register.
    OtherDomain,
}

/// What is new about somebody who is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The identity was theirs before.
    Nothing,
    /// It was connected to the account of its address.
    Connected,
    /// That account was nobody's yet, and what somebody may have made of it is gone.
    TakenOver,
    /// The account is new.
    Registered,
}

/// Writes nothing but what the answer says.
pub async fn arrive(tx: &Tx, config: &Config, client: &Client, claim: &Claim) -> Result<Arrival> {
    if let Some(identity) = find(tx, claim).await? {
        return known(tx, client, claim, &identity).await;
    }
    let arrival = unknown(tx, config, client, claim).await?;
    match arrival {
        Arrival::Here(..) => Ok(arrival),
        // Another request may have made the account while this one looked for it piece by piece.
        _ => match find(tx, claim).await? {
            Some(identity) => known(tx, client, claim, &identity).await,
            None => Ok(arrival),
        },
    }
}

async fn unknown(tx: &Tx, config: &Config, client: &Client, claim: &Claim) -> Result<Arrival> {
    let Some(email) = claim.email() else { return Ok(stranger(config, None)) };
    let owner = find_owner(tx, email.as_str()).await?;
    match (owner, claim.proven_email().is_some()) {
        (None, true) => newcomer(tx, config, client, claim, email).await,
        (None, false) => Ok(stranger(config, None)),
        // Which accounts there are is told to nobody: the form comes either way, and its mail tells the owner.
        (Some(_), false) if config.confirms_before() || !config.registration_open => Ok(stranger(config, None)),
        (Some(_), true) if config.has_mail() => held(tx, config, client, claim, &email).await,
        (Some(_), _) => Ok(Arrival::SignInFirst),
    }
}

async fn known(tx: &Tx, client: &Client, claim: &Claim, identity: &Identity) -> Result<Arrival> {
    let user = lock(tx, identity.user_id).await?.ok_or(Error::Changed)?;
    if !user.is_active() {
        return deactivated(tx, client, claim, &user).await;
    }
    touch(tx, identity, claim).await?;
    // Nothing is connected to an account before it is confirmed, so that nobody but the owner of this identity made it.
    if user.email_confirmed_at.is_none() && claim.proven_email().is_some_and(|email| email.as_str() == user.email) {
        confirm::mark_confirmed(tx, client, &user, &claim.provider).await?;
    }
    Ok(Arrival::Here(authenticated(claim, user).into(), News::Nothing))
}

/// A click at a provider where somebody signed in long ago signs them in, and proves nothing more.
fn authenticated(claim: &Claim, user: User) -> Authenticated {
    let proven_at = claim.signed_in_at.filter(|at| !at.is_from_the_future());
    Authenticated { proven_at, ..Authenticated::now(user, format!("provider {}", claim.provider)) }
}

async fn deactivated(tx: &Tx, client: &Client, claim: &Claim, user: &User) -> Result<Arrival> {
    let entry = Entry::about(Some(user), Action::SignIn).outcome(Outcome::Failure);
    audit::record(tx, client, entry.detail(format!("provider {}, deactivated", claim.provider))).await?;
    Ok(Arrival::Deactivated)
}

fn stranger(config: &Config, email: Option<&Email>) -> Arrival {
    match () {
        () if !config.registration_open => Arrival::Closed,
        () if email.is_some_and(|email| !email.is_of(&config.registration_domains)) => Arrival::OtherDomain,
        () => Arrival::Stranger,
    }
}

/// An address that is free and theirs. With a username that is free as well there is nothing left to ask.
async fn newcomer(tx: &Tx, config: &Config, client: &Client, claim: &Claim, email: Email) -> Result<Arrival> {
    let username = match claim.username() {
        Some(username) if accounts::find(tx, &Identifier::Username(username.clone())).await?.is_none() => username,
        _ => return Ok(stranger(config, Some(&email))),
    };
    match stranger(config, Some(&email)) {
        Arrival::Stranger => {
            let wanted = Wanted { email, username, is_proven: true, may_mail: false };
            Ok(Arrival::Here(sign_up(tx, config, client, claim, &wanted).await?.into(), News::Registered))
        }
        refused => Ok(refused),
    }
}

/// An address that is theirs, and has an account. Whoever had proved it before is the same person; else that account may be a
/// stranger's, who loses what they made of it.
async fn held(tx: &Tx, config: &Config, client: &Client, claim: &Claim, email: &Email) -> Result<Arrival> {
    // Roles may be taken.
    roles::lock(tx).await?;
    let Some(owner) = find_by_email(tx, email.as_str()).await? else { return Ok(Arrival::SignInFirst) };
    let Some(owner) = lock(tx, owner.id).await?.filter(|owner| owner.email == email.as_str()) else { return Ok(Arrival::SignInFirst) };
    if !owner.is_active() {
        return deactivated(tx, client, claim, &owner).await;
    }
    let (owner, news) = match owner.email_confirmed_at {
        Some(_) => (owner, News::Connected),
        None => (credentials::take_over(tx, config, client, &owner, &claim.provider).await?, News::TakenOver),
    };
    let also = match news {
        News::TakenOver => " Nobody had confirmed the account of your address, so what was set up in it before is gone, a password too.",
        _ => "",
    };
    add(tx, config, client, &owner, claim, also).await?;
    Ok(Arrival::Here(authenticated(claim, owner).into(), news))
}

/// What a new account is to have.
#[derive(Debug)]
pub struct Wanted {
    pub email: Email,
    pub username: Username,
    /// Somebody has shown that the address is theirs: the provider, or a link that was mailed there.
    pub is_proven: bool,
    /// Else a link to prove it is mailed there, where that is allowed.
    pub may_mail: bool,
}

/// Without a password: the identity signs its owner in.
pub async fn sign_up(tx: &Tx, config: &Config, client: &Client, claim: &Claim, wanted: &Wanted) -> Result<Authenticated> {
    let mut row = register::row(&wanted.email, &wanted.username, None);
    if let Some(name) = claim.display_name() {
        (row.name, row.name_key) = (Set(name.as_str().to_owned()), Set(name.key()));
    }
    row.email_confirmed_at = Set(wanted.is_proven.then(Timestamp::now));
    let user = register::insert(tx, row).await?;
    insert(tx, &user, claim, Some(Timestamp::now())).await?;
    if !wanted.is_proven && wanted.may_mail {
        confirm::send(tx, config, &user).await?;
    }
    let who = Authenticated::now(user, format!("provider {}", claim.provider));
    audit::record(tx, client, Entry::by(&who.user, Action::Register).detail(who.by.as_ref())).await?;
    Ok(who)
}
