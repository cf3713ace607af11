//! An account for whoever comes. Where its address has to be proven before, the form takes the address alone, and the mailed link
//! leads on.
pub mod complete;

use super::{AppState, Errors, Form, Page, Result, done, redirect::see_other, refuse, registration, session::CurrentSession};
use crate::accounts::{self, Client, Error};
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
    let new = match registration::parse(&form.email, &form.username, &form.password) {
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
        Err(error) => refused(form, registration::mendable(error)?),
    }
}

/// The same answer whether the address is free or taken.
async fn ask(app: &AppState, client: &Client, page: Page, form: RegisterForm) -> Result {
    let refused = |form, errors| Ok(refuse(RegisterPage { page, email_only: true, form, errors }));
    let email = match registration::email(&form.email, &app.config.registration_domains) {
        Ok(email) => email,
        Err(message) => return refused(form, Errors::on("email", message)),
    };
    accounts::ask_to_register(&app.db, &app.config, client, &email).await?;
    Ok(see_other("/check-inbox"))
}
