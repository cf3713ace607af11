//! Sign in and out.
use super::{
    AppState, Errors, Flash, Form, Page, Result, done,
    flash::Kind,
    redirect::{LocalPath, Next, see_other},
    refuse,
    session::{self, CurrentSession},
};
use crate::accounts::{self, Authenticated, Client, Identifier, Password, SignInError};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct LoginForm {
    identifier: String,
    password: String,
    remember: Option<String>,
    #[serde(default)]
    next: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    form: LoginForm,
    errors: Errors,
}

pub async fn show(mut page: Page, next: Next) -> Response {
    if next.0.is_some() && page.flash.is_none() {
        page.flash = Some(Flash::new(Kind::Info, "Sign in to see that page."));
    }
    let form = LoginForm { next: next.into_field(), ..LoginForm::default() };
    LoginPage { page, form, errors: Errors::default() }.into_response()
}

/// The same for every cause, so that nobody learns who has an account.
const WRONG: &str = "Email, username or password is wrong.";

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<LoginForm>,
) -> Result {
    let refused = |form, why| Ok(refuse(LoginPage { page, form, errors: Errors::general(why) }));
    let Some(password) = Password::attempt(&form.password) else { return refused(form, WRONG) };
    let identifier = Identifier::parse(&form.identifier);
    let who: Authenticated = match accounts::authenticate(&app.db, &app.config, &client, &identifier, &password).await {
        Ok(who) => who,
        Err(SignInError::Wrong) => return refused(form, WRONG),
        Err(SignInError::Deactivated) => return refused(form, "This account is deactivated. Ask an administrator to activate it."),
        Err(error) => return Err(error.into()),
    };
    if !session::sign_in(&app, &current, &client, &who, form.remember.is_some()).await? {
        return refused(form, WRONG);
    }
    Ok(see_other(LocalPath::once_signed_in(&app.config.base_url, &form.next).unwrap_or_else(LocalPath::home)))
}

/// Public: pressing the button of a page that was left open for a day is no error.
pub async fn sign_out(State(app): State<AppState>, current: CurrentSession, client: Client) -> Result {
    session::sign_out(&app, &current, &client).await?;
    let mut response = done("/login", "You are signed out.");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(response)
}
