//! Proves that it is still the person who signed in, before what would hurt if it were not.
use super::{
    AppState, CurrentUser, Errors, Form, Page, Result,
    redirect::{LocalPath, NextPage, see_other},
    refuse,
    session::CurrentSession,
};
use crate::accounts::{self, Client, Error, Password, User, personas};
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
    /// One of development, who proves it by a click.
    persona: Option<String>,
    form: VerifyForm,
    errors: Errors,
}

fn persona(app: &AppState, user: &User) -> Option<String> {
    personas::name_of(user).filter(|_| app.has_dev()).map(str::to_owned)
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page, next: NextPage) -> Response {
    let form = VerifyForm { next: next.into_field(), ..VerifyForm::default() };
    let (has_password, persona) = (viewer.user.has_password(), persona(&app, &viewer.user));
    VerifyPage { page, has_password, persona, form, errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<VerifyForm>,
) -> Result {
    let has_password = viewer.user.has_password();
    let wrong = |form| {
        Ok(refuse(VerifyPage { page, has_password, persona: None, form, errors: Errors::on("password", "is wrong. Type it again") }))
    };
    let Some(password) = Password::attempt(&form.password) else { return wrong(form) };
    let proven = async {
        accounts::prove_password(&app.db, &app.config, &client, &viewer.user, &password).await?;
        current.renew().await
    };
    match proven.await {
        Ok(()) => Ok(see_other(LocalPath::next_or_home(&app, &form.next))),
        Err(Error::Wrong) => wrong(form),
        Err(error) => Err(error.into()),
    }
}
