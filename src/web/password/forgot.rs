//! Asks for a link to set a password. The answer is the same whether anybody has that address.
use crate::{
    accounts::{self, Client, Email},
    web::{AppState, Errors, Form, Page, Result, redirect::see_other, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct ForgotForm {
    email: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "password/forgot.html")]
struct ForgotPage {
    page: Page,
    form: ForgotForm,
    errors: Errors,
}

pub async fn show(page: Page) -> Response {
    ForgotPage { page, form: ForgotForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(State(app): State<AppState>, client: Client, page: Page, Form(form): Form<ForgotForm>) -> Result {
    let email = match Email::parse(&form.email) {
        Ok(email) => email,
        Err(message) => return Ok(refuse(ForgotPage { page, form, errors: Errors::on("email", message) })),
    };
    accounts::forgot_password(&app.db, &app.config, &client, &email).await?;
    Ok(see_other("/check-inbox"))
}
