//! The rest of an account, once its address is proven.
use crate::{
    accounts::{self, Client, Email, Password, Token, Username},
    web::{AppState, Errors, Form, Page, Result, done, refuse, registration, session::CurrentSession},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct CompleteForm {
    username: String,
    password: String,
}

impl CompleteForm {
    fn parse(&self) -> Result<(Username, Password), Errors> {
        let mut errors = Errors::default();
        let username = errors.take("username", Username::parse(&self.username));
        let password = errors.take("password", Password::parse(&self.password));
        username.zip(password).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "register/complete.html")]
struct CompletePage {
    page: Page,
    email: Email,
    form: CompleteForm,
    errors: Errors,
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, page: Page) -> Result {
    let email = accounts::find_registration(&app.db, &app.config, &Token::parse(&token)).await?;
    Ok(CompletePage { page, email, form: CompleteForm::default(), errors: Errors::default() }.into_response())
}

pub async fn submit(
    State(app): State<AppState>,
    Path(token): Path<String>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<CompleteForm>,
) -> Result {
    let token = Token::parse(&token);
    let email = accounts::find_registration(&app.db, &app.config, &token).await?;
    let refused = |form, errors| Ok(refuse(CompletePage { page, email, form, errors }));
    let (username, password) = match form.parse() {
        Ok(parsed) => parsed,
        Err(errors) => return refused(form, errors),
    };
    let registered = async {
        let who = accounts::complete_registration(&app.db, &app.config, &client, &token, username, password).await?;
        current.sign_in(&who, false).await
    };
    match registered.await {
        Ok(()) => Ok(done("/account", "Your account is ready.")),
        Err(error) => refused(form, registration::mendable(error)?),
    }
}
