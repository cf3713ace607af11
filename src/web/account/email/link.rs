//! Behind the link that was mailed to the new address, for nobody but the person who asked for it.
use crate::{
    accounts::{self, Client, Error, Token},
    web::{AppState, CurrentUser, Page, Result, done, session::CurrentSession},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};

#[derive(Template, WebTemplate)]
#[template(path = "account/email/link.html")]
struct LinkPage {
    page: Page,
    old: String,
    new: String,
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Path(token): Path<String>, page: Page) -> Result {
    let new = accounts::find_email_change(&app.db, &viewer.user, &Token::parse(&token)).await?;
    Ok(LinkPage { page, old: viewer.user.email.clone(), new }.into_response())
}

pub async fn submit(
    State(app): State<AppState>,
    current: CurrentSession,
    CurrentUser(viewer): CurrentUser,
    Path(token): Path<String>,
    client: Client,
) -> Result {
    let renewal = current.renewal()?;
    match accounts::change_email(&app.db, &app.config, &client, &viewer.user, &Token::parse(&token), &renewal.keys).await {
        Ok(()) => {
            current.renewed(renewal);
            Ok(done("/account", "Your address is changed. Every other device is signed out."))
        }
        // Somebody was faster. Not a word of who.
        Err(Error::EmailTaken) => Err(Error::LinkUsed.into()),
        Err(error) => Err(error.into()),
    }
}
