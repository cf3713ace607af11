use crate::{
    accounts::{self, Client, Error, Password, PasswordChange},
    web::{AppState, CurrentUser, Errors, Form, Page, Result, done, redirect::see_other, refuse, session::CurrentSession},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct PasswordForm {
    /// Absent where no password is set yet.
    #[serde(default)]
    current_password: String,
    password: String,
}

impl PasswordForm {
    fn parse(&self, has_password: bool) -> Result<PasswordChange, Errors> {
        let mut errors = Errors::default();
        let current = errors.take("current_password", self.current(has_password));
        let same = |new: &Password| current.iter().flatten().any(|current| current.equals(new));
        let new =
            Password::parse(&self.password).and_then(|new| if same(&new) { Err("must differ from the current one") } else { Ok(new) });
        let new = errors.take("password", new);
        match (current, new) {
            (Some(current), Some(new)) => Ok(PasswordChange { current, new }),
            _ => Err(errors),
        }
    }

    fn current(&self, has_password: bool) -> Result<Option<Password>, &'static str> {
        match self.current_password.as_str() {
            _ if !has_password => Ok(None),
            "" => Err("is needed to change it"),
            text => Password::attempt(text).map(Some).ok_or(WRONG),
        }
    }
}

const WRONG: &str = "is wrong. Type it again";

#[derive(Template, WebTemplate)]
#[template(path = "account/password.html")]
struct PasswordPage {
    page: Page,
    has_password: bool,
    errors: Errors,
}

/// Where password managers send people.
pub async fn well_known() -> Response {
    see_other("/account/password")
}

pub async fn show(CurrentUser(viewer): CurrentUser, page: Page) -> Response {
    PasswordPage { page, has_password: viewer.user.has_password(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<PasswordForm>,
) -> Result {
    let has_password = viewer.user.has_password();
    let refused = |errors| Ok(refuse(PasswordPage { page, has_password, errors }));
    let change = match form.parse(has_password) {
        Ok(change) => change,
        Err(errors) => return refused(errors),
    };
    let renewal = current.renewal()?;
    match accounts::change_password(&app.db, &app.config, &client, &viewer.user, &change, &renewal.keys).await {
        Ok(()) => {
            current.renewed(renewal);
            let done_what = if has_password { "changed" } else { "set" };
            Ok(done("/account/password", format!("Your password is {done_what}. Every other device is signed out.")))
        }
        Err(Error::Wrong) => refused(Errors::on("current_password", WRONG)),
        Err(error @ Error::Guessable(_)) => refused(Errors::on("password", error.to_string())),
        Err(Error::Changed) => refused(Errors::above("Your account was changed from elsewhere meanwhile. Sign in again.")),
        Err(error) => Err(error.into()),
    }
}
