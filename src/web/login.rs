//! Sign in and out.
use super::{
    AppState, Errors, Flash, Form, Page, Result,
    browser::CurrentBrowser,
    done,
    flash::Kind,
    redirect::{LocalPath, NextPage, see_other},
    refuse,
    session::CurrentSession,
};
use crate::accounts::{self, Client, Error, Identifier, Password};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header::SET_COOKIE},
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

impl LoginForm {
    /// None for a password that is longer than any.
    fn parse(&self) -> Option<(Identifier, Password)> {
        Some((Identifier::parse(&self.identifier), Password::attempt(&self.password)?))
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    form: LoginForm,
    errors: Errors,
}

pub async fn show(mut page: Page, next: NextPage) -> Response {
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
    let refused = |form, why| Ok(refuse(LoginPage { page, form, errors: Errors::above(why) }));
    let Some((identifier, password)) = form.parse() else { return refused(form, WRONG) };
    let signed_in = async {
        let who = accounts::authenticate(&app.db, &app.config, &client, &identifier, &password).await?;
        current.sign_in(&who, form.remember.is_some()).await
    };
    match signed_in.await {
        Ok(()) => Ok(see_other(LocalPath::next_or_home(&app, &form.next))),
        Err(Error::Wrong | Error::Changed) => refused(form, WRONG),
        Err(Error::Deactivated) => refused(form, "This account is deactivated. Ask an administrator to activate it."),
        Err(error) => Err(error.into()),
    }
}

/// Public: pressing the button of a page that was left open for a day is no error.
/// Nothing of a dance with a provider is left to whoever uses the browser next.
pub async fn sign_out(State(app): State<AppState>, current: CurrentSession, CurrentBrowser(browser): CurrentBrowser) -> Result {
    current.sign_out().await?;
    let mut response = done("/login", "You are signed out.");
    if browser.is_some() {
        response.headers_mut().append(SET_COOKIE, app.cookies.remove(&app.cookies.dance));
    }
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(response)
}
