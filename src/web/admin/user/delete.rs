//! Deletes somebody, once it is said what will be lost.
use super::{LAST_ADMIN, ReasonForm};
use crate::{
    accounts::{Actor, Client, Error, User, admin},
    web::{AppState, CurrentUser, Errors, Form, Page, Result, admin::path::PersonBelow, done, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

#[derive(Template, WebTemplate)]
#[template(path = "admin/delete_user.html")]
struct DeletePage {
    page: Page,
    user: User,
    form: ReasonForm,
    errors: Errors,
}

pub async fn show(PersonBelow(user): PersonBelow, page: Page) -> Response {
    DeletePage { page, user, form: ReasonForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    PersonBelow(user): PersonBelow,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let refused = |user, form, errors| Ok(refuse(DeletePage { page, user, form, errors }));
    let reason = match form.required() {
        Ok(reason) => reason,
        Err(errors) => return refused(user, form, errors),
    };
    match admin::delete(&app.db, &app.config, &Actor::new(&viewer, &client), &user, Some(&reason)).await {
        Ok(_) => Ok(done("/admin/users", format!("{} is deleted.", user.username))),
        Err(Error::LastAdmin) => refused(user, form, Errors::above(LAST_ADMIN)),
        Err(error) => Err(error.into()),
    }
}
