//! The rest of an account, once its address is proven.
use crate::{
    accounts::{self, Client, Email, Error, Password, Token, Username},
    oauth::{self, Waiting},
    seal::BrowserId,
    web::{
        AppState, Errors, Flash, Form, Page, Result, browser::CurrentBrowser, done, flash::Kind, redirect::see_other, refuse, registration,
        session::CurrentSession,
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
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
    /// By which they sign in instead of a password: it waits in this browser for the link.
    provider: Option<String>,
    form: CompleteForm,
    errors: Errors,
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, CurrentBrowser(browser): CurrentBrowser, page: Page) -> Result {
    let email = accounts::find_registration(&app.db, &app.config, &Token::parse(&token)).await?;
    let waiting = oauth::awaited(&app.db, &app.config, browser.as_ref(), &email).await?;
    let (provider, username) = waiting.map(|waiting| (waiting.claim.provider_label, waiting.asked)).unzip();
    let username = username.flatten().map(|asked| asked.username).unwrap_or_default();
    let form = CompleteForm { username, ..CompleteForm::default() };
    Ok(CompletePage { page, email, provider, form, errors: Errors::default() }.into_response())
}

pub async fn submit(
    State(app): State<AppState>,
    Path(token): Path<String>,
    current: CurrentSession,
    client: Client,
    CurrentBrowser(browser): CurrentBrowser,
    page: Page,
    Form(form): Form<CompleteForm>,
) -> Result {
    let token = Token::parse(&token);
    let email = accounts::find_registration(&app.db, &app.config, &token).await?;
    let waiting = oauth::awaited(&app.db, &app.config, browser.as_ref(), &email).await?;
    if let (Some(waiting), Some(browser)) = (waiting, browser) {
        let way = Way { browser: &browser, token: &token, email, waiting };
        return connect(&app, &current, &client, way, page, form).await;
    }
    let refused = |form, errors| Ok(refuse(CompletePage { page, email, provider: None, form, errors }));
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

/// Both halves of it: an identity that waits in this browser, and the link that was mailed.
struct Way<'a> {
    browser: &'a BrowserId,
    token: &'a Token,
    email: Email,
    waiting: Waiting,
}

/// A button, unless somebody else took the username meanwhile.
async fn connect(app: &AppState, current: &CurrentSession, client: &Client, way: Way<'_>, page: Page, form: CompleteForm) -> Result {
    let Way { browser, token, email, waiting } = way;
    let username = if form.username.is_empty() {
        waiting.asked.as_ref().map(|asked| asked.username.clone()).unwrap_or_default()
    } else {
        form.username.clone()
    };
    let provider = Some(waiting.claim.provider_label.clone());
    let refused = |form, errors| Ok(refuse(CompletePage { page, email, provider, form, errors }));
    let username = match Username::parse(&username) {
        Ok(username) => username,
        Err(message) => return refused(form, Errors::on("username", message)),
    };
    match oauth::complete(&app.db, &app.config, client, browser, token, username).await {
        Ok(who) => {
            current.sign_in(&who, false).await?;
            waiting.keep(&current.grants()).await;
            Ok(done("/account", "Your account is ready."))
        }
        Err(oauth::Error::Refused(Error::IdentityTaken)) => {
            let text = "That account at the provider is connected to one here already. Sign in with it.";
            Ok(Flash::new(Kind::Warning, text).on(see_other("/login")))
        }
        Err(oauth::Error::Refused(error)) => refused(form, registration::mendable(error)?),
        Err(error) => Err(error.into()),
    }
}
