//! What the forms for a new account have in common, that of the first admin among them.
use super::Errors;
use crate::accounts::{Email, Error, NewUser, Password, Username};

pub fn parse(email: &str, username: &str, password: &str) -> Result<NewUser, Errors> {
    let mut errors = Errors::default();
    let email = errors.take("email", Email::parse(email));
    let username = errors.take("username", Username::parse(username));
    let password = errors.take("password", Password::parse(password));
    match (email, username, password) {
        (Some(email), Some(username), Some(password)) => Ok(NewUser { email, username, password }),
        _ => Err(errors),
    }
}

/// An address of an organisation that may register, where only some may.
pub fn email(text: &str, domains: &[String]) -> Result<Email, &'static str> {
    match Email::parse(text) {
        Ok(email) if !email.is_of(domains) => Err("is not of an organisation that may register here"),
        parsed => parsed,
    }
}

/// What can be mended in such a form; any other error is passed on.
pub fn mendable(error: Error) -> Result<Errors, Error> {
    match error {
        Error::UsernameTaken => Ok(Errors::on("username", "is taken. Choose another one")),
        Error::Guessable(_) => Ok(Errors::on("password", error.to_string())),
        error => Err(error),
    }
}
