use sea_orm::{DbErr, SqlErr};
use std::time::Duration;

/// Why a verb of this room refuses, named by what the visitor would say. A page answers what its form can mend; whatever it
/// does not name becomes a page of its own.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody of that name, no password set, or another one: the visitor cannot tell which.
    #[error("wrong password")]
    Wrong,
    /// Said only to who knew the password.
    #[error("the account is deactivated")]
    Deactivated,
    #[error("the email address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    /// The message completes "The password …", with zxcvbn's reason where it has one.
    #[error("is easy to guess.{} Add a word or two that nobody would expect", .0.as_ref().map(|why| format!(" {why}")).unwrap_or_default())]
    Guessable(Option<String>),
    /// An admin who can sign in must remain.
    #[error("this is the last admin")]
    LastAdmin,
    /// It takes a permission that whoever asks does not hold, as to change what somebody above them may do.
    #[error("beyond what the actor may do")]
    Beyond,
    /// Somebody deleted it since it was read.
    #[error("it is gone")]
    Gone,
    /// Somebody deleted it since it was chosen.
    #[error("there is no role {0}")]
    NoSuchRole(String),
    #[error("the role's name is taken")]
    RoleTaken,
    /// A role would include itself.
    #[error("a role cannot include itself, nor one that includes it")]
    Cycle,
    /// `admin` allows everything and is part of no other role, `user` is what everybody gets: neither may lose that.
    #[error("this role is fixed")]
    Fixed,
    /// The identity is connected to another account.
    #[error("the identity belongs to another account")]
    IdentityTaken,
    /// Without it nobody could sign in to the account any more.
    #[error("this is the last way in")]
    LastWayIn,
    /// It was used, replaced by a newer one, or is too old.
    #[error("the link is no longer valid")]
    LinkUsed,
    /// It is for somebody else than who is signed in.
    #[error("the link belongs to another account")]
    OtherAccount,
    /// Somebody set the password anew, deactivated the account or ended the session since it was read.
    #[error("the account or its session was changed meanwhile")]
    Changed,
    /// Too many tries. The next one may come after so long.
    #[error("too many tries")]
    Throttled(Duration),
    /// A hundred failures in a row: waiting does not help, a new password does.
    #[error("too many tries in a row")]
    Locked,
    /// More passwords wait to be hashed than would be served in a few seconds.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    #[error(transparent)]
    Database(#[from] DbErr),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// For a write to `users`: the unique index decides who came first, not a look beforehand.
pub(super) fn taken(error: DbErr) -> Error {
    match error.sql_err() {
        // The index stands at the end of the message; before it, MySQL quotes what was typed.
        Some(SqlErr::UniqueConstraintViolation(message)) if message.trim_end_matches(['\'', '"']).ends_with("username") => {
            Error::UsernameTaken
        }
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::EmailTaken,
        _ => Error::Database(error),
    }
}
