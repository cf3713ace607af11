use crate::{
    accounts::{Actor, Client, Email, Error, Username, admin},
    web::{AppState, CurrentUser, Errors, Flash, Form, Page, Result, redirect::LocalPath, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct NewUserForm {
    email: String,
    username: String,
}

impl NewUserForm {
    fn parse(&self) -> Result<(Email, Username), Errors> {
        let mut errors = Errors::default();
        let email = errors.take("email", Email::parse(&self.email));
        let username = errors.take("username", Username::parse(&self.username));
        email.zip(username).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/new_user.html")]
struct NewUserPage {
    page: Page,
    form: NewUserForm,
    errors: Errors,
}

pub async fn show(page: Page) -> Response {
    NewUserPage { page, form: NewUserForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<NewUserForm>,
) -> Result {
    let refused = |form, errors| Ok(refuse(NewUserPage { page, form, errors }));
    let (email, username) = match form.parse() {
        Ok(parsed) => parsed,
        Err(errors) => return refused(form, errors),
    };
    match admin::invite(&app.db, &app.config, &Actor::new(&viewer, &client), email, username).await {
        Ok((user, delivered)) => {
            let mailed = "The account is added. Its owner gets a link by mail to set a password; it works for three days.";
            let shown =
                "The account is added. Send this link to its owner: it sets a password, works for three days, and is shown only now.";
            Ok(Flash::delivered(&app, &viewer, &delivered, mailed, shown).on_page(LocalPath::numbered("/admin/users", user.id)))
        }
        Err(Error::EmailTaken) => refused(form, Errors::on("email", "has an account already")),
        Err(Error::UsernameTaken) => refused(form, Errors::on("username", "is taken. Choose another one")),
        Err(error) => Err(error.into()),
    }
}
