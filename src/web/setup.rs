//! The first admin, by the link that the server prints at its start.
use super::{AppState, Error, Errors, Form, Page, Result, done, error::fault_saying, refuse, registration, session::CurrentSession};
use crate::accounts::{
    self, Client, User,
    setup::{self, Link},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// All of it empty where somebody who is signed in presses the one button.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetupForm {
    email: String,
    username: String,
    password: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "setup.html")]
struct SetupPage {
    page: Page,
    form: SetupForm,
    errors: Errors,
}

/// Once there is an admin, the link is a page that says so.
fn used(app: &AppState) -> Response {
    let dev = if app.has_dev() { " In development you can sign in as Ada, an admin, at /dev." } else { "" };
    fault_saying(StatusCode::NOT_FOUND, format!("There is an admin by now, and so this link does nothing any more.{dev}"))
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, page: Page) -> Result {
    match setup::look(&app.db, &app.config.secret_key, &token).await? {
        Link::Open => Ok(SetupPage { page, form: SetupForm::default(), errors: Errors::default() }.into_response()),
        Link::Used => Ok(used(&app)),
        Link::Wrong => Err(Error::NotFound),
    }
}

pub async fn submit(
    State(app): State<AppState>,
    Path(token): Path<String>,
    current: CurrentSession,
    client: Client,
    page: Page,
    Form(form): Form<SetupForm>,
) -> Result {
    if let Some(viewer) = page.viewer.clone() {
        return become_admin(&app, &current, &client, &token, &viewer.user).await;
    }
    let new = match registration::parse(&form.email, &form.username, &form.password) {
        Ok(new) => new,
        Err(errors) => {
            return match setup::look(&app.db, &app.config.secret_key, &token).await? {
                Link::Open => Ok(refuse(SetupPage { page, form, errors })),
                _ => closed(&app, &token).await,
            };
        }
    };
    let refused = |form, errors| Ok(refuse(SetupPage { page, form, errors }));
    let registered = async {
        let who = setup::register_admin(&app.db, &app.config, &client, &token, new).await?;
        current.sign_in(&who, false).await
    };
    match registered.await {
        Ok(()) => Ok(done("/admin", "You are the admin. Here you look after people and roles.")),
        Err(accounts::Error::LinkUsed) => closed(&app, &token).await,
        Err(accounts::Error::EmailTaken) => refused(form, Errors::on("email", "has an account already. Sign in, and open the link again")),
        Err(error) => refused(form, registration::mendable(error)?),
    }
}

async fn become_admin(app: &AppState, current: &CurrentSession, client: &Client, token: &str, user: &User) -> Result {
    let renewal = current.renewal()?;
    match setup::become_admin(&app.db, &app.config, client, token, user, &renewal.keys).await {
        Ok(()) => {
            current.renewed(renewal);
            Ok(done("/admin", "You are the admin. Here you look after people and roles."))
        }
        Err(accounts::Error::LinkUsed) => closed(app, token).await,
        Err(error) => Err(error.into()),
    }
}

/// Whoever has the right link is told why it leads nowhere.
async fn closed(app: &AppState, token: &str) -> Result {
    match setup::look(&app.db, &app.config.secret_key, token).await? {
        Link::Wrong => Err(Error::NotFound),
        _ => Ok(used(app)),
    }
}
