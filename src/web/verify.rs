//! Proves that it is still the person who signed in, before what would hurt if it were not.
use super::{
    AppState, CurrentUser, Errors, Form, Page, Result,
    redirect::{LocalPath, Next, see_other},
    refuse,
    session::{self, CurrentSession},
};
use crate::accounts::{self, Client, Password, ProofError};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct VerifyForm {
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "verify.html")]
struct VerifyPage {
    page: Page,
    has_password: bool,
    form: VerifyForm,
    errors: Errors,
}

pub async fn show(CurrentUser(viewer): CurrentUser, page: Page, next: Next) -> Response {
    let form = VerifyForm { next: next.into_field(), ..VerifyForm::default() };
    VerifyPage { page, has_password: viewer.user.has_password(), form, errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<VerifyForm>,
) -> Result {
    let wrong = |form| {
        let has_password = viewer.user.has_password();
        Ok(refuse(VerifyPage { page, has_password, form, errors: Errors::on("password", "is wrong. Type it again") }))
    };
    let Some(password) = Password::attempt(&form.password) else { return wrong(form) };
    match accounts::prove_password(&app.db, &app.config, &client, &viewer.user, &password).await {
        Ok(()) => {}
        Err(ProofError::Wrong) => return wrong(form),
        Err(error) => return Err(error.into()),
    }
    session::renew(&app, &current).await?;
    Ok(see_other(LocalPath::once_signed_in(&app.config.base_url, &form.next).unwrap_or_else(LocalPath::home)))
}
