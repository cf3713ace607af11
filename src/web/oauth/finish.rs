//! Who came from a provider for the first time says what it did not.
use crate::{
    accounts::{self, Client, Email, Username},
    oauth::{self, Finished, Waiting},
    seal::BrowserId,
    web::{
        AppState, Errors, Flash, Form, Page, Result,
        browser::{CurrentBrowser, remember},
        done,
        flash::Kind,
        redirect::{LocalPath, see_other},
        refuse, registration,
        session::CurrentSession,
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct FinishForm {
    /// Of no consequence where the provider has proved one.
    #[serde(default)]
    email: String,
    username: String,
}

impl FinishForm {
    fn parse(&self, proven: Option<Email>, domains: &[String]) -> Result<(Email, Username), Errors> {
        let mut errors = Errors::default();
        let email = errors.take("email", proven.map_or_else(|| registration::email(&self.email, domains), Ok));
        let username = errors.take("username", Username::parse(&self.username));
        email.zip(username).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "oauth/finish.html")]
struct FinishPage {
    page: Page,
    provider: String,
    /// Nothing to type.
    proven: Option<Email>,
    /// A link is mailed before there is an account.
    mails_first: bool,
    form: FinishForm,
    errors: Errors,
}

impl FinishPage {
    fn of(app: &AppState, page: Page, waiting: &Waiting, form: FinishForm, errors: Errors) -> Self {
        let proven = waiting.claim.proven_email();
        let mails_first = proven.is_none() && app.config.confirms_before();
        Self { page, provider: waiting.claim.provider_label.clone(), proven, mails_first, form, errors }
    }
}

pub async fn show(State(app): State<AppState>, CurrentBrowser(browser): CurrentBrowser, page: Page) -> Result {
    let Some(waiting) = waiting(&app, browser.as_ref()).await? else { return Ok(nothing_waits()) };
    let email = waiting.claim.email().map(|email| email.to_string()).unwrap_or_default();
    let form = FinishForm { email, username: waiting.claim.suggested_username() };
    Ok(FinishPage::of(&app, page, &waiting, form, Errors::default()).into_response())
}

fn nothing_waits() -> Response {
    Flash::new(Kind::Warning, "There is nothing to finish in this browser, or it was a day ago. Begin anew.").on(see_other("/login"))
}

async fn waiting(app: &AppState, browser: Option<&BrowserId>) -> Result<Option<Waiting>> {
    oauth::waiting(&app.db, &app.config, browser).await.map_err(Into::into)
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    client: Client,
    CurrentBrowser(browser): CurrentBrowser,
    page: Page,
    Form(form): Form<FinishForm>,
) -> Result {
    let (Some(waiting), Some(browser)) = (waiting(&app, browser.as_ref()).await?, browser) else { return Ok(nothing_waits()) };
    let refused = |form, errors| Ok(refuse(FinishPage::of(&app, page, &waiting, form, errors)));
    let (email, username) = match form.parse(waiting.claim.proven_email(), &app.config.registration_domains) {
        Ok(parsed) => parsed,
        Err(errors) => return refused(form, errors),
    };
    let error = match oauth::finish(&app.db, &app.config, &client, &browser, email, username).await {
        Ok(Finished::Mailed) => return Ok(remember(&app, &browser, see_other("/check-inbox"))),
        Ok(Finished::Here(who)) => {
            current.sign_in(&who, false).await?;
            waiting.keep(&current.grants()).await;
            return Ok(welcome(&app, &waiting));
        }
        Err(oauth::Error::Refused(error)) => error,
        Err(oauth::Error::Stale) => return Ok(nothing_waits()),
        Err(error) => return Err(error.into()),
    };
    match error {
        // There is no field for it then.
        accounts::Error::EmailTaken if waiting.claim.proven_email().is_some() => {
            let text = format!("That address has an account by now. Continue with {} once more.", waiting.claim.provider_label);
            refused(form, Errors::above(text))
        }
        accounts::Error::EmailTaken => {
            refused(form, Errors::on("email", "has an account already. Sign in to it, and connect this one then"))
        }
        accounts::Error::IdentityTaken => Ok(nothing_waits()),
        error => refused(form, registration::mendable(error)?),
    }
}

fn welcome(app: &AppState, waiting: &Waiting) -> Response {
    let next = LocalPath::once_signed_in(&app.config.base_url, &waiting.next).unwrap_or("/account".into());
    let is_mailed = waiting.claim.proven_email().is_none() && app.config.has_mail();
    done(next, if is_mailed { "Your account is ready. We sent a link to confirm your address." } else { "Your account is ready." })
}
