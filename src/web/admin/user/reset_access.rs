//! Takes every way in from somebody, and gives them a new one.
use super::{LAST_ADMIN, ReasonForm, page_of};
use crate::{
    accounts::{
        Actor, Client, Error, User,
        admin::{self, Delivery},
    },
    web::{AppState, CurrentUser, Errors, Flash, Form, Page, Result, admin::path::PersonBelow, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

#[derive(Template, WebTemplate)]
#[template(path = "admin/reset_access.html")]
struct ResetAccessPage {
    page: Page,
    user: User,
    form: ReasonForm,
    errors: Errors,
}

pub async fn show(PersonBelow(user): PersonBelow, page: Page) -> Response {
    ResetAccessPage { page, user, form: ReasonForm::default(), errors: Errors::default() }.into_response()
}

pub async fn submit(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    PersonBelow(user): PersonBelow,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let reason = match form.required() {
        Ok(reason) => reason,
        Err(errors) => return Ok(refuse(ResetAccessPage { page, user, form, errors })),
    };
    let actor = Actor::new(&viewer, &client);
    let delivered = match admin::reset_access(&app.db, &app.config, &actor, &user, Some(&reason), Delivery::Mail).await {
        Err(Error::LastAdmin) => return Ok(refuse(ResetAccessPage { page, user, form, errors: Errors::above(LAST_ADMIN) })),
        delivered => delivered?,
    };
    let mailed = "Every way into the account is closed. Its owner gets a link by mail to set a password within three days.";
    let shown = "Every way into the account is closed. Give its owner this link, by which they set a password within three days. It is shown only now.";
    Ok(Flash::delivered(&app, &viewer, &delivered, mailed, shown).on_page(page_of(&user)))
}
