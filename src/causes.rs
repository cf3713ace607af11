//! What an error says to whoever can mend it.

/// An error and what led to it, each once: database errors repeat their source in their own words.
pub fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !causes.last().is_some_and(|last| last.ends_with(&cause)) {
            causes.push(cause);
        }
    }
    causes
}

/// The same in one line.
pub fn told(error: &anyhow::Error) -> String {
    causes(error).join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{DbErr, RuntimeErr};

    #[test]
    fn a_database_error_is_told_once() {
        let error = DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::PoolTimedOut.into()));
        let error = anyhow::Error::from(error).context("nobody could be found");

        let causes = causes(&error);

        assert_eq!(causes[0], "nobody could be found");
        assert_eq!(causes.join(": ").matches("pool timed out").count(), 1, "{causes:?}");
    }
}
