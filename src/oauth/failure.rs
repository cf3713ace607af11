/// Why a provider was of no help. For the log; visitors are told which of them.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be reached, or did not answer in time.
    #[error("it is away: {0}")]
    Away(String),
    /// It answered as it should not. Never holds what it answered, which may be secret.
    #[error("it answered {0}")]
    Odd(String),
    /// It does not accept the token that was shown: what was granted has ended, or was taken back.
    #[error("it does not accept what it once granted")]
    Refused,
    /// Somebody was to show that they are there at the moment, and it does not say so.
    #[error("it does not say when they signed in there")]
    NoProof,
}

impl Failure {
    /// Some of it may be the provider's own words: one line of them, and not a long one.
    pub fn odd(what: impl Into<String>) -> Self {
        Self::Odd(what.into().chars().filter(|c| !c.is_control()).take(600).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_words_stay_one_line_of_the_log() {
        let failure = Failure::odd(format!("aud {}\n2026-11-27 INFO forged", "x".repeat(1000)));

        let line = failure.to_string();
        assert!(line.len() < 700 && !line.contains('\n'));
    }
}
