//! Another address for one's account. Until the link that is mailed there is used, nothing changes.
pub mod link;
pub mod undo;

use crate::{
    accounts::{self, Client, Email},
    web::{AppState, CurrentUser, Errors, Form, Page, Result, done, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct EmailForm {
    email: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "account/email.html")]
struct EmailPage {
    page: Page,
    email: String,
    is_confirmed: bool,
    /// The address that a change leads to, once its link is used.
    pending: Option<String>,
    form: EmailForm,
    errors: Errors,
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page) -> Result {
    let pending = accounts::pending_email(&app.db, &viewer.user).await?;
    let (email, is_confirmed) = (viewer.user.email.clone(), viewer.user.email_confirmed_at.is_some());
    Ok(EmailPage { page, email, is_confirmed, pending, form: EmailForm::default(), errors: Errors::default() }.into_response())
}

/// The same answer whether the address is free or taken.
pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<EmailForm>,
) -> Result {
    let (current, is_confirmed) = (viewer.user.email.clone(), viewer.user.email_confirmed_at.is_some());
    let email = Email::parse(&form.email).and_then(|email| match () {
        () if email.as_str() == current => Err("is the one that you have"),
        () if !email.is_of(&app.config.registration_domains) => Err("is not of an organisation that may register here"),
        () => Ok(email),
    });
    let email = match email {
        Ok(email) => email,
        Err(message) => {
            let pending = accounts::pending_email(&app.db, &viewer.user).await?;
            return Ok(refuse(EmailPage { page, email: current, is_confirmed, pending, form, errors: Errors::on("email", message) }));
        }
    };
    accounts::request_email_change(&app.db, &app.config, &client, &viewer, &email).await?;
    Ok(done("/account/email", "We sent a link to the new address. Open it within a day, in a browser where you are signed in."))
}

pub async fn cancel(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, client: Client) -> Result {
    accounts::cancel_email_change(&app.db, &client, &viewer.user).await?;
    Ok(done("/account/email", "The change is cancelled. Your address stays as it is."))
}
