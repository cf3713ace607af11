//! One of somebody's connections, and how it stands at this moment.
use crate::{
    accounts::identities::{self, Identity},
    db::Timestamp,
    oauth::{
        Api, ApiError, Profile,
        tokens::{StorageError, TokenSet},
    },
    web::AppState,
};
use std::time::Duration;
use tokio::time::timeout;

pub struct Connected {
    pub identity: Identity,
    /// For people.
    pub provider: String,
    pub access: Access,
}

/// What the app may do there.
pub enum Access {
    /// The provider is not set up here any more.
    NotOffered,
    /// Nothing was kept, as of a connection of before tokens were.
    Nothing,
    /// The provider no longer accepts what it granted, since then.
    Lost(Timestamp),
    /// It has ended, and there is nothing to fetch a new one with.
    Ended,
    /// By a key that is not here any more.
    Unreadable,
    Kept {
        scopes: Vec<String>,
        lasts: String,
        seen: Seen,
    },
}

/// What the provider says of them now.
pub enum Seen {
    Profile(String),
    /// It cannot be asked.
    Nothing,
    /// It does not answer, or not as it should.
    Silent,
}

/// The page does not wait longer for any of them.
const PATIENCE: Duration = Duration::from_secs(3);

impl Connected {
    pub async fn of(app: &AppState, identity: Identity) -> Self {
        let Some(api) = app.grants.of(&identity) else {
            return Self { provider: identity.provider.clone(), identity, access: Access::NotOffered };
        };
        let provider = app.providers.of(&identity).map_or_else(|| identity.provider.clone(), |provider| provider.label.clone());
        Self { access: access(app, &api, identity.id).await, identity, provider }
    }

    /// Whether it works once it is connected anew, and not before.
    pub fn wants_reconnecting(&self) -> bool {
        matches!(self.access, Access::Lost(_) | Access::Ended | Access::Unreadable | Access::Nothing)
    }
}

/// Asks the provider first, by which tokens that are due are fetched anew, and then looks at what is kept.
async fn access(app: &AppState, api: &Api, identity_id: i64) -> Access {
    let seen = match timeout(PATIENCE, api.profile()).await {
        Ok(Ok(Some(profile))) => Seen::Profile(words_of(&profile)),
        Ok(Ok(None)) => Seen::Nothing,
        Ok(Err(ApiError::Reconnect(_))) => return without_access(app, api, identity_id).await,
        Ok(Err(ApiError::Storage(StorageError::Unreadable(owner)))) => {
            tracing::warn!(owner, "tokens cannot be opened: SECRET_KEY lacks the key that sealed them, or they belong to another row");
            return Access::Unreadable;
        }
        Ok(Err(error)) => {
            tracing::info!(%error, "a provider does not say who somebody is there");
            Seen::Silent
        }
        Err(_) => Seen::Silent,
    };
    match api.tokens().await {
        Ok(Some(tokens)) => Access::Kept { lasts: lasts(&tokens), scopes: tokens.scopes, seen },
        _ => Access::Nothing,
    }
}

async fn without_access(app: &AppState, api: &Api, identity_id: i64) -> Access {
    if let Ok(Some(_)) = api.tokens().await {
        return Access::Ended;
    }
    // Read anew: it may have been lost just now, by this very question.
    let identity = identities::get(&app.db, identity_id).await.ok().flatten();
    identity.and_then(|identity| identity.lost_at).map_or(Access::Nothing, Access::Lost)
}

fn words_of(profile: &Profile) -> String {
    let known = [&profile.name, &profile.username, &profile.email].into_iter().flatten().filter(|text| !text.trim().is_empty());
    let words = known.map(|text| text.chars().take(100).collect::<String>()).collect::<Vec<_>>().join(", ");
    if words.is_empty() { profile.subject.clone() } else { words }
}

fn lasts(tokens: &TokenSet) -> String {
    let renewed = format!("granted or renewed {} ago", in_words(Timestamp::now().since(tokens.obtained_at)));
    match (tokens.expires_in(), &tokens.refresh_token) {
        (None, _) => format!("{renewed}; does not end by itself"),
        (Some(left), Some(_)) => format!("{renewed}; lasts {} more, and is renewed by itself", in_words(left)),
        (Some(left), None) => format!("{renewed}; lasts {} more, and cannot be renewed", in_words(left)),
    }
}

/// `58 minutes`: as much as somebody wants to know.
fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..=1 => return "a moment".to_owned(),
        2..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
