//! What cannot be undone has a page of its own, which names what will be lost.
use super::{
    actions::{LAST_ADMIN, ReasonForm},
    get_below,
};
use crate::{
    accounts::{Actor, Client, Error, Reason, User, admin},
    web::{AppState, CurrentUser, Errors, Flash, Form, Page, Result, done, id::Id, redirect::LocalPath, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};

#[derive(Template, WebTemplate)]
#[template(path = "admin/reset_access.html")]
struct ResetAccessPage {
    page: Page,
    user: User,
    form: ReasonForm,
    errors: Errors,
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/delete_user.html")]
struct DeletePage {
    page: Page,
    user: User,
    form: ReasonForm,
    errors: Errors,
}

pub async fn show_reset_access(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, page: Page) -> Result {
    let user = get_below(&app, &viewer, id).await?;
    Ok(ResetAccessPage { page, user, form: ReasonForm::default(), errors: Errors::default() }.into_response())
}

pub async fn reset_access(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let user = get_below(&app, &viewer, id).await?;
    let reason = match Reason::parse(&form.reason) {
        Ok(reason) => reason,
        Err(message) => return Ok(refuse(ResetAccessPage { page, user, form, errors: Errors::on("reason", message) })),
    };
    let token = match admin::reset_access(&app.db, &Actor::new(&viewer, &client), &user, Some(&reason)).await {
        Err(Error::LastAdmin) => return Ok(refuse(ResetAccessPage { page, user, form, errors: Errors::above(LAST_ADMIN) })),
        token => token?,
    };
    let text = "Every way into the account is closed. Give its owner this link, by which they set a password. It is shown only now.";
    Ok(Flash::link(&app, &viewer, text, &token).on_page(LocalPath::numbered("/admin/users", user.id)))
}

pub async fn show_delete(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, page: Page) -> Result {
    let user = get_below(&app, &viewer, id).await?;
    Ok(DeletePage { page, user, form: ReasonForm::default(), errors: Errors::default() }.into_response())
}

pub async fn delete(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let user = get_below(&app, &viewer, id).await?;
    let refused = |user, form, errors| Ok(refuse(DeletePage { page, user, form, errors }));
    let reason = match Reason::parse(&form.reason) {
        Ok(reason) => reason,
        Err(message) => return refused(user, form, Errors::on("reason", message)),
    };
    match admin::delete(&app.db, &Actor::new(&viewer, &client), &user, Some(&reason)).await {
        Ok(_) => Ok(done("/admin/users", format!("{} is deleted.", user.username))),
        Err(Error::LastAdmin) => refused(user, form, Errors::above(LAST_ADMIN)),
        Err(error) => Err(error.into()),
    }
}
