//! Providers, the dance by which somebody comes back from one (to sign in, to connect it, or to prove that it is them), and what the
//! app may do there afterwards. What an account is, `accounts` knows. Knows no HTTP of ours, and no templates.
mod api;
mod arrive;
mod attempts;
mod dance;
mod exchange;
mod failure;
mod finish;
mod grants;
mod http;
mod lease;
mod provider;
mod providers;
mod refresh;
mod reseal;
mod revoke;
pub mod tokens;

pub use api::{Api, ApiError};
pub use arrive::arrive;
pub use attempts::{Intent, WAITS_FOR};
pub use dance::{Answer, Lost, Return, Start, begin, come_back};
pub use failure::Failure;
pub use finish::{Asked, Finished, Waiting, awaited, complete, finish, waiting};
pub use grants::Grants;
pub use http::Http;
pub use provider::{Provider, Providers};
pub use providers::Profile;
pub use reseal::reseal;
pub use revoke::RevocationError;

use crate::accounts;
use sea_orm::DbErr;

/// Why a dance ends without anybody having come.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] accounts::Error),
    #[error(transparent)]
    Provider(#[from] Failure),
    /// They changed their mind at the provider.
    #[error("it was cancelled there")]
    Cancelled,
    /// It was begun in another browser or for another provider, is over, or nothing is known of it.
    #[error("it is no dance of this browser, or over")]
    Stale,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Refused(error.into())
    }
}

/// Compiles what the guide shows.
#[cfg(doctest)]
#[doc = include_str!("../../docs/oauth.md")]
struct Guide;
