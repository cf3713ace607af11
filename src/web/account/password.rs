use crate::{
    accounts::{self, ChangePasswordError, Client, Password, PasswordError, ProofError, User},
    web::{
        App, AppState, CurrentUser, Errors, Form, Page, Result, done,
        redirect::see_other,
        refuse,
        session::{self, CurrentSession},
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
pub struct PasswordForm {
    /// Absent where no password is set yet.
    #[serde(default)]
    current_password: String,
    password: String,
}

impl PasswordForm {
    /// The present password and the one to come.
    fn parse(&self, has_password: bool) -> Result<(Password, Password), Errors> {
        let mut errors = Errors::default();
        let current = Password::attempt(&self.current_password).filter(|_| !has_password || !self.current_password.is_empty());
        let current = errors.take("current_password", current.ok_or("is needed to change it"));
        let new = errors.take("password", Password::parse(&self.password));
        current.zip(new).ok_or(errors)
    }
}

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
    CurrentUser(viewer): CurrentUser,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<PasswordForm>,
) -> Result {
    let has_password = viewer.user.has_password();
    let refused = |errors| Ok(refuse(PasswordPage { page, has_password, errors }));
    let passwords = match form.parse(has_password) {
        Ok(passwords) => passwords,
        Err(errors) => return refused(errors),
    };
    match change(&app, &client, &viewer.user, passwords, &current).await {
        Ok(()) => {}
        Err(ChangePasswordError::Proof(ProofError::Wrong)) => return refused(Errors::on("current_password", "is wrong. Type it again")),
        Err(ChangePasswordError::Changed) => {
            return refused(Errors::general("The password was changed elsewhere meanwhile. Sign in again."));
        }
        Err(ChangePasswordError::Password(PasswordError::Guessable(why))) => return refused(Errors::guessable("password", &why)),
        Err(error) => return Err(error.into()),
    }
    session::renew(&app, &current).await?;
    Ok(done("/account/password", "Your password is changed. Every other device is signed out."))
}

async fn change(
    app: &App,
    client: &Client,
    user: &User,
    (old, new): (Password, Password),
    current: &CurrentSession,
) -> Result<(), ChangePasswordError> {
    let Some(keep) = current.key() else { return Err(ChangePasswordError::Changed) };
    if user.has_password() {
        accounts::change_password(&app.db, client, app.config.limit_scale, user, (&old, &new), &keep).await
    } else {
        accounts::set_first_password(&app.db, client, user, &new, &keep).await
    }
}
