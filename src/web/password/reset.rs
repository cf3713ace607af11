//! Behind a one-time link. Opening it changes nothing: programs that look for viruses in mail open links too.
use crate::{
    accounts::{self, Client, Error, Password, Token, User},
    web::{AppState, Errors, Form, Page, Result, done, refuse, session::CurrentSession},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct ResetForm {
    password: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "password/reset.html")]
struct ResetPage {
    page: Page,
    user: User,
    errors: Errors,
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, page: Page) -> Result {
    let user = accounts::find_by_link(&app.db, &Token::parse(&token)).await?.ok_or(Error::LinkUsed)?;
    Ok(ResetPage { page, user, errors: Errors::default() }.into_response())
}

pub async fn submit(
    State(app): State<AppState>,
    Path(token): Path<String>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<ResetForm>,
) -> Result {
    let token = Token::parse(&token);
    let password = match Password::parse(&form.password) {
        Ok(password) => password,
        Err(message) => return refused(&app, &token, page, message.to_string()).await,
    };
    match accounts::reset_password(&app.db, &app.config, &client, &token, &password).await {
        Ok(()) => {
            // Whoever else was signed in here has nothing to do with it.
            current.sign_out().await?;
            Ok(done("/login", "Your password is set. Sign in with it."))
        }
        Err(error @ Error::Guessable(_)) => refused(&app, &token, page, error.to_string()).await,
        Err(error) => Err(error.into()),
    }
}

async fn refused(app: &AppState, token: &Token, page: Page, message: String) -> Result {
    let user = accounts::find_by_link(&app.db, token).await?.ok_or(Error::LinkUsed)?;
    Ok(refuse(ResetPage { page, user, errors: Errors::on("password", message) }))
}
