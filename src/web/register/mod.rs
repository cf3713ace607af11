//! An account for whoever comes. Where its address has to be proven before, the form takes the address alone, and the mailed link
//! leads on.
pub mod complete;

use super::{AppState, Errors, Form, Page, Result, done, redirect::see_other, refuse, session::CurrentSession};
use crate::accounts::{self, Client, Email, Error, NewUser, Password, Username};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct RegisterForm {
    email: String,
    /// These are chosen later where the address is to be proven before.
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

impl RegisterForm {
    fn parse(&self) -> Result<NewUser, Errors> {
        let mut errors = Errors::default();
        let email = errors.take("email", Email::parse(&self.email));
        let username = errors.take("username", Username::parse(&self.username));
        let password = errors.take("password", Password::parse(&self.password));
        match (email, username, password) {
            (Some(email), Some(username), Some(password)) => Ok(NewUser { email, username, password }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "register.html")]
struct RegisterPage {
    page: Page,
    /// The address comes first.
    email_only: bool,
    form: RegisterForm,
    errors: Errors,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Response {
    let email_only = app.config.confirms_before();
    RegisterPage { page, email_only, form: RegisterForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<RegisterForm>,
) -> Result {
    if app.config.confirms_before() {
        return ask(&app, &client, page, form).await;
    }
    let refused = |form, errors| Ok(refuse(RegisterPage { page, email_only: false, form, errors }));
    let new = match form.parse() {
        Ok(new) => new,
        Err(errors) => return refused(form, errors),
    };
    let registered = async {
        let who = accounts::register(&app.db, &app.config, &client, new).await?;
        current.sign_in(&who, false).await
    };
    match registered.await {
        Ok(()) if app.config.has_mail() => Ok(done("/account", "Your account is ready. We sent a link to confirm your address.")),
        Ok(()) => Ok(done("/account", "Your account is ready.")),
        Err(Error::EmailTaken) => refused(form, Errors::on("email", "has an account already. Sign in instead")),
        Err(Error::UsernameTaken) => refused(form, Errors::on("username", "is taken. Choose another one")),
        Err(error @ Error::Guessable(_)) => refused(form, Errors::on("password", error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The same answer whether the address is free or taken.
async fn ask(app: &AppState, client: &Client, page: Page, form: RegisterForm) -> Result {
    let refused = |form, errors| Ok(refuse(RegisterPage { page, email_only: true, form, errors }));
    let email = match Email::parse(&form.email) {
        Ok(email) if email.is_of(&app.config.registration_domains) => email,
        Ok(_) => return refused(form, Errors::on("email", "is not of an organisation that may register here")),
        Err(message) => return refused(form, Errors::on("email", message)),
    };
    accounts::ask_to_register(&app.db, &app.config, client, &email).await?;
    Ok(see_other("/check-inbox"))
}
