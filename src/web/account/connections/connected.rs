//! One of somebody's connections, and how it stands at this moment.
use crate::{
    accounts::identities::{self, Identity},
    db::Timestamp,
    oauth::{
        Api, ApiError, Failure, Grants, Profile,
        tokens::{StorageError, TokenSet},
    },
    web::{AppState, Result},
};
use std::time::Duration;
use tokio::time::timeout;

pub struct Connected {
    pub identity: Identity,
    /// For people.
    pub provider: String,
    pub standing: Standing,
}

/// What the app may do there.
pub enum Standing {
    /// The provider is not set up here any more.
    NotOffered,
    /// The app keeps nothing of anybody.
    SignsIn,
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
    Away,
    /// It answers, and nothing that helps.
    Odd,
}

/// The page does not wait longer for any of them.
const PATIENCE: Duration = Duration::from_secs(3);

impl Connected {
    pub async fn of(app: &AppState, grants: &Grants, identity: Identity) -> Result<Self> {
        let Some(api) = grants.of(&identity) else {
            return Ok(Self { provider: identity.provider.clone(), identity, standing: Standing::NotOffered });
        };
        let standing = if grants.storage().keeps_anything() { standing(app, &api, identity.id).await? } else { Standing::SignsIn };
        Ok(Self { standing, identity, provider: api.label().to_owned() })
    }

    /// Whether it works once it is connected anew, and not before.
    pub fn wants_reconnecting(&self) -> bool {
        matches!(self.standing, Standing::Lost(_) | Standing::Ended | Standing::Unreadable | Standing::Nothing)
    }
}

/// Asks the provider first, by which tokens that are due are fetched anew, and then looks at what is kept.
async fn standing(app: &AppState, api: &Api, identity_id: i64) -> Result<Standing> {
    let seen = match timeout(PATIENCE, api.profile()).await {
        Ok(Ok(Some(profile))) => Seen::Profile(words_of(&profile)),
        Ok(Ok(None)) => Seen::Nothing,
        Ok(Err(ApiError::Reconnect(_))) => return without_access(app, api, identity_id).await,
        Ok(Err(ApiError::Storage(error))) => return Err(error.into()),
        Ok(Err(ApiError::Provider { failure: Failure::Away(_), .. })) | Err(_) => Seen::Away,
        Ok(Err(error)) => {
            tracing::info!(%error, "a provider does not say who somebody is there");
            Seen::Odd
        }
    };
    Ok(match api.tokens().await? {
        Some(tokens) => Standing::Kept { lasts: lasts(&tokens, api.label()), scopes: tokens.scopes, seen },
        None => Standing::Nothing,
    })
}

async fn without_access(app: &AppState, api: &Api, identity_id: i64) -> Result<Standing> {
    match api.tokens().await {
        Ok(Some(_)) => return Ok(Standing::Ended),
        Err(StorageError::Unreadable(_)) => return Ok(Standing::Unreadable),
        kept => kept?,
    };
    // Read anew: it may have been lost just now, by this very question.
    let identity = identities::get(&app.db, identity_id).await?;
    Ok(identity.and_then(|identity| identity.lost_at).map_or(Standing::Nothing, Standing::Lost))
}

fn words_of(profile: &Profile) -> String {
    let known = [&profile.name, &profile.username, &profile.email].into_iter().flatten().filter(|text| !text.trim().is_empty());
    let words = known.map(|text| text.chars().take(100).collect::<String>()).collect::<Vec<_>>().join(", ");
    if words.is_empty() { profile.subject.clone() } else { words }
}

fn lasts(tokens: &TokenSet, provider: &str) -> String {
    let since = in_words(Timestamp::now().since(tokens.obtained_at));
    match (tokens.expires_in(), &tokens.refresh_token) {
        (None, _) => format!("granted {since} ago, does not end by itself"),
        (Some(Duration::ZERO), _) => format!("has ended, and is renewed once {provider} answers"),
        (Some(left), Some(_)) => format!("granted or renewed {since} ago, renews itself in {}", in_words(left)),
        (Some(left), None) => format!("granted {since} ago, ends in {}", in_words(left)),
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
    format!("{count} {unit}s")
}
