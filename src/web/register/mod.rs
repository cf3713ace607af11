use super::{AppState, Errors, Form, Page, Result, done, refuse, session::CurrentSession};
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
    username: String,
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
    form: RegisterForm,
    errors: Errors,
}

pub async fn show(page: Page) -> Response {
    RegisterPage { page, form: RegisterForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<RegisterForm>,
) -> Result {
    let refused = |form, errors| Ok(refuse(RegisterPage { page, form, errors }));
    let new = match form.parse() {
        Ok(new) => new,
        Err(errors) => return refused(form, errors),
    };
    let registered = async {
        let who = accounts::register(&app.db, &app.config, &client, new).await?;
        current.sign_in(&who, false).await
    };
    match registered.await {
        Ok(()) => Ok(done("/account", "Your account is ready.")),
        Err(Error::EmailTaken) => refused(form, Errors::on("email", "has an account already. Sign in instead")),
        Err(Error::UsernameTaken) => refused(form, Errors::on("username", "is taken. Choose another one")),
        Err(error @ Error::Guessable(_)) => refused(form, Errors::on("password", error.to_string())),
        Err(error) => Err(error.into()),
    }
}
