//! Buttons of a person's page.
use super::{UserPage, get};
use crate::{
    accounts::{self, Actor, Client, Error, Reason, User, Viewer, admin, roles},
    web::{AppState, CurrentUser, Errors, Flash, Form, Page, Result, done, id::Id, redirect::LocalPath, refuse, session::CurrentSession},
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

#[derive(Default, Deserialize)]
pub struct ReasonForm {
    #[serde(default)]
    pub reason: String,
}

#[derive(Default, Deserialize)]
pub struct RolesForm {
    #[serde(default)]
    roles: Vec<String>,
}

fn page_of(user: &User) -> LocalPath {
    LocalPath::numbered("/admin/users", user.id)
}

/// The page again, with what is wrong.
async fn refused(app: &AppState, viewer: Arc<Viewer>, page: Page, user: User, reason: String, errors: Errors) -> Result {
    let page = UserPage::load(app, viewer, page, user).await?;
    Ok(refuse(UserPage { reason, errors, ..page }))
}

pub const LAST_ADMIN: &str = "This is the last admin who can sign in. Make somebody else an admin first.";

pub async fn activate(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let user = get(&app, id).await?;
    let reason = match Reason::parse_optional(&form.reason) {
        Ok(reason) => reason,
        Err(message) => return refused(&app, viewer, page, user, form.reason, Errors::above(format!("The reason {message}."))).await,
    };
    let changed = admin::activate(&app.db, &Actor::new(&viewer, &client), &user, reason.as_ref()).await?;
    Ok(told(&user, changed, "The account is active again.", "The account was active already."))
}

pub async fn deactivate(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let user = get(&app, id).await?;
    let reason = match Reason::parse(&form.reason) {
        Ok(reason) => reason,
        Err(message) => return refused(&app, viewer, page, user, form.reason, Errors::on("reason", message)).await,
    };
    match admin::deactivate(&app.db, &Actor::new(&viewer, &client), &user, Some(&reason)).await {
        Ok(changed) => {
            Ok(told(&user, changed, "The account is deactivated. Every session of it is ended.", "The account was deactivated already."))
        }
        Err(Error::LastAdmin) => refused(&app, viewer, page, user, form.reason, Errors::above(LAST_ADMIN)).await,
        Err(error) => Err(error.into()),
    }
}

pub async fn sign_out(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let user = get(&app, id).await?;
    let reason = match Reason::parse_optional(&form.reason) {
        Ok(reason) => reason,
        Err(message) => return refused(&app, viewer, page, user, form.reason, Errors::above(format!("The reason {message}."))).await,
    };
    let changed = admin::end_sessions(&app.db, &Actor::new(&viewer, &client), &user, reason.as_ref()).await?;
    Ok(told(&user, changed, "Every session is ended.", "Nobody was signed in with this account."))
}

pub async fn make_password_link(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, client: Client) -> Result {
    let user = get(&app, id).await?;
    let token = admin::make_password_link(&app.db, &Actor::new(&viewer, &client), &user).await?;
    let text =
        "Give this link to the owner of the account, and to nobody else: it sets a new password within an hour. It is shown only now.";
    Ok(Flash::link(&app, &viewer, text, &token).on_page(page_of(&user)))
}

pub async fn set_roles(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    Id(id): Id,
    client: Client,
    page: Page,
    Form(form): Form<RolesForm>,
) -> Result {
    let user = get(&app, id).await?;
    let names = BTreeSet::from_iter(form.roles);
    let renewal = if user.id == viewer.user.id { Some(current.renewal()?) } else { None };
    let keys = renewal.as_ref().map(|renewal| &renewal.keys);
    match roles::set(&app.db, &Actor::new(&viewer, &client), &user, &names, keys).await {
        Ok(changed) => {
            if let Some(renewal) = renewal.filter(|_| changed) {
                current.renewed(renewal);
            }
            Ok(told(&user, changed, "The roles are saved. The change takes effect at once.", "The roles are as they were."))
        }
        Err(accounts::Error::LastAdmin) => refused(&app, viewer, page, user, String::new(), Errors::above(LAST_ADMIN)).await,
        Err(error) => Err(error.into()),
    }
}

fn told(user: &User, changed: bool, text: &str, already: &str) -> Response {
    done(page_of(user), if changed { text } else { already })
}
