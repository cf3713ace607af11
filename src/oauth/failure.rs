/// Why a provider was of no help. For the log; visitors are told which of them.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be reached, or did not answer in time.
    #[error("it is away: {0}")]
    Away(String),
    /// It answered as it should not. Never holds what it answered, which may be secret.
    #[error("it answered {0}")]
    Odd(String),
    /// Somebody was to show that they are there at the moment, and it does not say so.
    #[error("it does not say when they signed in there")]
    NoProof,
}

impl Failure {
    pub fn odd(what: impl Into<String>) -> Self {
        Self::Odd(what.into())
    }
}
