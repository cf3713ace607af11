//! What was granted there. A token holds it sealed, so that a restart ends nothing; what was used up or taken back is kept in memory.
use super::accounts::Said;
use crate::{db::Timestamp, seal::random_id, web::AppState};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{LazyLock, Mutex, MutexGuard},
    time::Duration,
};

/// What goes wrong on purpose when the code is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    None,
    /// Longer than the app waits.
    Slow,
    ServerError,
    /// The token that says who came is over already.
    Expired,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub said: Said,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scope: String,
    pub fault: Fault,
    pub signed_in_at: Timestamp,
    /// How long access tokens last.
    pub lasts: Duration,
}

impl Grant {
    pub fn allows(&self, scope: &str) -> bool {
        self.scope.split_whitespace().any(|allowed| allowed == scope)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Code,
    Access,
    Refresh,
}

/// Of the access tokens of a grant that nobody wanted to be short.
pub const ACCESS_LASTS: Duration = Duration::from_secs(60 * 60);

#[derive(Serialize, Deserialize)]
struct Token {
    id: String,
    kind: Kind,
    ends_at: Timestamp,
    grant: Grant,
}

/// Of one app: tests run several in a process.
#[derive(Default)]
struct Memory {
    used: HashSet<String>,
    /// Whom the app may act for, by subject.
    granted: BTreeMap<String, String>,
    /// What subjects granted before then has ended.
    taken_back: HashMap<String, Timestamp>,
}

type Memories = HashMap<String, Memory>;

static MEMORIES: LazyLock<Mutex<Memories>> = LazyLock::new(Mutex::default);

fn memories() -> MutexGuard<'static, Memories> {
    MEMORIES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn remember<T>(app: &AppState, with: impl FnOnce(&mut Memory) -> T) -> T {
    with(memories().entry(app.config.database_url.expose().to_owned()).or_default())
}

const BOUND_TO: &str = "practice provider";

/// The code or token by which it is known from now on.
pub fn keep(app: &AppState, kind: Kind, grant: Grant) -> String {
    let lasts = match kind {
        Kind::Code => Duration::from_secs(60),
        Kind::Access => grant.lasts,
        Kind::Refresh => Duration::from_secs(30 * 24 * 60 * 60),
    };
    let token = Token { id: random_id(), kind, ends_at: Timestamp::now().after(lasts), grant };
    app.sealer.seal(BOUND_TO, &serde_json::to_vec(&token).expect("a token is JSON"))
}

fn open(app: &AppState, kind: Kind, text: &str) -> Option<Token> {
    let token: Token = serde_json::from_slice(&app.sealer.open(BOUND_TO, text)?).ok()?;
    let holds = remember(app, |memory| {
        let taken_back = memory.taken_back.get(&token.grant.said.subject);
        !memory.used.contains(&token.id) && taken_back.is_none_or(|at| *at < token.grant.signed_in_at)
    });
    (holds && token.kind == kind && token.ends_at > Timestamp::now()).then_some(token)
}

pub fn get(app: &AppState, kind: Kind, text: &str) -> Option<Grant> {
    let grant = open(app, kind, text)?.grant;
    if kind == Kind::Access {
        remember(app, |memory| memory.granted.insert(grant.said.subject.clone(), grant.said.name.clone()));
    }
    Some(grant)
}

/// It works once.
pub fn take(app: &AppState, kind: Kind, text: &str) -> Option<Grant> {
    let token = open(app, kind, text)?;
    remember(app, |memory| memory.used.insert(token.id)).then_some(token.grant)
}

/// Subjects and names of those whom the app may act for, as far as it did since this process began.
pub fn granted(app: &AppState) -> Vec<(String, String)> {
    remember(app, |memory| memory.granted.clone().into_iter().collect())
}

/// Whatever that subject granted so far.
pub fn take_back(app: &AppState, subject: &str) {
    remember(app, |memory| {
        memory.granted.remove(subject);
        memory.taken_back.insert(subject.to_owned(), Timestamp::now());
    });
}
