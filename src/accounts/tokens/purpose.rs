use std::time::Duration;

/// What a link is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Make an account at an address.
    Register,
    /// Show that the address of an account is its owner's.
    Confirm,
    /// Set a password without the old one.
    ResetPassword,
    /// Give an account another address.
    ChangeEmail,
    /// Give it back the address of before.
    UndoEmail,
    /// End a session that somebody else began.
    NotMe,
}

impl Purpose {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirm => "confirm",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::UndoEmail => "undo-email",
            Self::NotMe => "not-me",
        }
    }

    pub(super) fn lasts(self) -> Duration {
        match self {
            Self::Register | Self::Confirm | Self::ChangeEmail => DAY,
            Self::ResetPassword => HOUR,
            Self::UndoEmail | Self::NotMe => DAY * 3,
        }
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Of the first password of an account that an admin made.
pub const FIRST_PASSWORD: Duration = Duration::from_secs(72 * 60 * 60);

/// By these the owner takes an account back: they outlive whatever somebody else does to it.
pub(super) const RESCUES: [&str; 2] = ["undo-email", "not-me"];
