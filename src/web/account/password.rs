use crate::{
    accounts::{self, ChangePasswordError, Client, Password, PasswordChange, PasswordError, ProofError, User, sessions::Renewal},
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
    fn parse(&self, has_password: bool) -> Result<PasswordChange, Errors> {
        let mut errors = Errors::default();
        let current = Password::attempt(&self.current_password).filter(|_| !has_password || !self.current_password.is_empty());
        let current = errors.take("current_password", current.ok_or("is needed to change it"));
        let new = Password::parse(&self.password);
        let same = has_password && self.password == self.current_password;
        let new = errors.take("password", if same { Err("must differ from the current one") } else { new });
        match (current, new) {
            (Some(current), Some(new)) => Ok(PasswordChange { current, new }),
            _ => Err(errors),
        }
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
    let wanted = match form.parse(has_password) {
        Ok(wanted) => wanted,
        Err(errors) => return refused(errors),
    };
    match session::renew_by(&app, &current, async |renewal| change(&app, &client, &viewer.user, &wanted, renewal).await).await {
        Ok(true) => Ok(done("/account/password", "Your password is changed. Every other device is signed out.")),
        Ok(false) | Err(ChangePasswordError::Changed) => {
            refused(Errors::general("The password was changed elsewhere meanwhile. Sign in again."))
        }
        Err(ChangePasswordError::Proof(ProofError::Wrong)) => refused(Errors::on("current_password", "is wrong. Type it again")),
        Err(ChangePasswordError::Password(PasswordError::Guessable(why))) => refused(Errors::guessable("password", &why)),
        Err(error) => Err(error.into()),
    }
}

async fn change(app: &App, client: &Client, user: &User, wanted: &PasswordChange, renewal: &Renewal) -> Result<bool, ChangePasswordError> {
    if user.has_password() {
        accounts::change_password(&app.db, &app.config, client, user, wanted, renewal).await?;
    } else {
        accounts::set_first_password(&app.db, &app.config, client, user, &wanted.new, renewal).await?;
    }
    Ok(true)
}
