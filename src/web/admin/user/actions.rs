//! Buttons of a person's page.
use super::{LAST_ADMIN, ReasonForm, UserPage, page_of};
use crate::{
    accounts::{
        Actor, Client, Error,
        Permission::ManageRoles,
        User, Viewer,
        admin::{self, Delivery},
        roles,
    },
    web::{AppState, CurrentUser, Errors, Flash, Form, Page, Result, admin::path::PersonOfPath, done, refuse, session::CurrentSession},
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

#[derive(Default, Deserialize)]
pub struct RolesForm {
    #[serde(default)]
    roles: Vec<String>,
}

/// The page again, with what is wrong.
async fn refused(app: &AppState, viewer: Arc<Viewer>, page: Page, user: User, reason: String, errors: Errors) -> Result {
    let page = UserPage::load(app, viewer, page, user).await?;
    Ok(refuse(UserPage { reason, errors, ..page }))
}

pub async fn activate(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    PersonOfPath(user): PersonOfPath,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let reason = match form.optional() {
        Ok(reason) => reason,
        Err(errors) => return refused(&app, viewer, page, user, form.reason, errors).await,
    };
    let changed = admin::activate(&app.db, &app.config, &Actor::new(&viewer, &client), &user, reason.as_ref()).await?;
    Ok(told(&user, changed, "The account is active again.", "The account was active already."))
}

pub async fn deactivate(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    PersonOfPath(user): PersonOfPath,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let reason = match form.required() {
        Ok(reason) => reason,
        Err(errors) => return refused(&app, viewer, page, user, form.reason, errors).await,
    };
    match admin::deactivate(&app.db, &app.config, &Actor::new(&viewer, &client), &user, Some(&reason)).await {
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
    PersonOfPath(user): PersonOfPath,
    client: Client,
    page: Page,
    Form(form): Form<ReasonForm>,
) -> Result {
    let reason = match form.optional() {
        Ok(reason) => reason,
        Err(errors) => return refused(&app, viewer, page, user, form.reason, errors).await,
    };
    let changed = admin::end_sessions(&app.db, &app.config, &Actor::new(&viewer, &client), &user, reason.as_ref()).await?;
    Ok(told(&user, changed, "Every session is ended.", "Nobody was signed in with this account."))
}

pub async fn make_password_link(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    PersonOfPath(user): PersonOfPath,
    client: Client,
) -> Result {
    let actor = Actor::new(&viewer, &client);
    let delivered = admin::make_password_link(&app.db, &app.config, &actor, &user, Delivery::Mail).await?;
    let lasts = if user.has_password() { "an hour" } else { "three days" };
    let mailed = format!("A link to set a password is on its way to {}. It works for {lasts}.", user.email);
    let shown = format!(
        "Give this link to the owner of the account, and to nobody else: it sets a new password within {lasts}. It is shown only now."
    );
    Ok(Flash::delivered(&app, &viewer, &delivered, &mailed, shown).on_page(page_of(&user)))
}

pub async fn set_roles(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    PersonOfPath(user): PersonOfPath,
    client: Client,
    page: Page,
    Form(form): Form<RolesForm>,
) -> Result {
    let names = BTreeSet::from_iter(form.roles);
    let renewal = if user.id == viewer.user.id { Some(current.renewal()?) } else { None };
    let keys = renewal.as_ref().map(|renewal| &renewal.keys);
    let refused = async |why| refused(&app, viewer.clone(), page, user.clone(), String::new(), Errors::above(why)).await;
    match roles::set(&app.db, &app.config, &Actor::new(&viewer, &client), &user, &names, keys).await {
        Ok(changed) => {
            if let Some(renewal) = renewal.filter(|_| changed) {
                current.renewed(renewal);
            }
            let may_stay = user.id != viewer.user.id || roles::permissions_of(&app.db, user.id).await?.allow(ManageRoles);
            match may_stay {
                true => Ok(told(&user, changed, "The roles are saved. The change takes effect at once.", "The roles are as they were.")),
                false => Ok(done("/account", "Your roles are saved. You no longer give and take roles.")),
            }
        }
        Err(Error::LastAdmin) => refused(LAST_ADMIN.to_owned()).await,
        Err(Error::NoSuchRole(name)) => refused(format!("There is no role {name} any more. Choose among those that are left.")).await,
        Err(error) => Err(error.into()),
    }
}

fn told(user: &User, changed: bool, text: &str, already: &str) -> Response {
    done(page_of(user), if changed { text } else { already })
}
