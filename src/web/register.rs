use super::{
    AppState, Errors, Form, Page, Result, done, refuse,
    session::{self, CurrentSession},
};
use crate::accounts::{self, Client, Email, NewUser, Password, PasswordError, RegisterError, Username};
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
    let who = match accounts::register(&app.db, &app.config, &client, new).await {
        Ok(who) => who,
        Err(RegisterError::EmailTaken) => return refused(form, Errors::on("email", "has an account already. Sign in instead")),
        Err(RegisterError::UsernameTaken) => return refused(form, Errors::on("username", "is taken. Choose another one")),
        Err(RegisterError::Password(PasswordError::Guessable(why))) => return refused(form, Errors::guessable("password", &why)),
        Err(error) => return Err(error.into()),
    };
    session::sign_in(&app, &current, &client, &who, false).await?;
    Ok(done("/account", "Your account is ready."))
}
