//! What was granted and is not used up. Kept in memory: a restart forgets it, as a provider does that lost its sessions.
use super::accounts::Said;
use crate::{db::Timestamp, seal::random_id};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
    time::Duration,
};

/// What goes wrong on purpose when the code is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Longer than the app waits.
    Slow,
    ServerError,
    /// The token that says who came is over already.
    Expired,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub said: Said,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scope: String,
    pub fault: Fault,
    pub signed_in_at: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Code,
    Access,
    Refresh,
}

type Kept = HashMap<(Kind, String), (Timestamp, Grant)>;

static GRANTS: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

fn lasts(kind: Kind) -> Duration {
    match kind {
        Kind::Code => Duration::from_secs(60),
        Kind::Access => ACCESS_LASTS,
        Kind::Refresh => Duration::from_secs(24 * 60 * 60),
    }
}

pub const ACCESS_LASTS: Duration = Duration::from_secs(60 * 60);

/// What it is known by from now on.
pub fn keep(kind: Kind, grant: Grant) -> String {
    let name = random_id();
    let mut grants = GRANTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    grants.retain(|_, (until, _)| *until > Timestamp::now());
    grants.insert((kind, name.clone()), (Timestamp::now().after(lasts(kind)), grant));
    name
}

pub fn get(kind: Kind, name: &str) -> Option<Grant> {
    let grants = GRANTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (until, grant) = grants.get(&(kind, name.to_owned()))?;
    (*until > Timestamp::now()).then(|| grant.clone())
}

/// It works once.
pub fn take(kind: Kind, name: &str) -> Option<Grant> {
    let grant = get(kind, name)?;
    GRANTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&(kind, name.to_owned())).map(|_| grant)
}
