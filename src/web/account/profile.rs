use crate::{
    accounts::{self, Client, DisplayName, Error, Username},
    web::{AppState, CurrentUser, Errors, Form, Page, Result, done, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

#[derive(Default, Deserialize)]
pub struct ProfileForm {
    username: String,
    name: String,
}

impl ProfileForm {
    fn parse(&self) -> Result<(Username, DisplayName), Errors> {
        let mut errors = Errors::default();
        let username = errors.take("username", Username::parse(&self.username));
        let name = errors.take("name", DisplayName::parse(&self.name));
        username.zip(name).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    page: Page,
    email: String,
    form: ProfileForm,
    errors: Errors,
}

pub async fn show(CurrentUser(viewer): CurrentUser, page: Page) -> Response {
    let user = &viewer.user;
    let form = ProfileForm { username: user.username.clone(), name: user.name.clone() };
    ProfilePage { page, email: user.email.clone(), form, errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<ProfileForm>,
) -> Result {
    let refused = |form, errors| Ok(refuse(ProfilePage { page, email: viewer.user.email.clone(), form, errors }));
    let (username, name) = match form.parse() {
        Ok(parsed) => parsed,
        Err(errors) => return refused(form, errors),
    };
    match accounts::update_profile(&app.db, &client, &viewer.user, username, name).await {
        Ok(()) => Ok(done("/account", "Your profile is saved.")),
        Err(Error::UsernameTaken) => refused(form, Errors::on("username", "is taken. Choose another one")),
        Err(error) => Err(error.into()),
    }
}
