//! Behind the mailed link, for nobody but the person whose account it is.
use crate::{
    accounts::{self, Client, Token},
    web::{AppState, CurrentUser, Page, Result, done},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};

#[derive(Template, WebTemplate)]
#[template(path = "confirm/link.html")]
struct LinkPage {
    page: Page,
    email: String,
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Path(token): Path<String>, page: Page) -> Result {
    accounts::find_confirmation(&app.db, &viewer.user, &Token::parse(&token)).await?;
    Ok(LinkPage { page, email: viewer.user.email.clone() }.into_response())
}

pub async fn submit(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Path(token): Path<String>, client: Client) -> Result {
    accounts::confirm(&app.db, &app.config, &client, &viewer.user, &Token::parse(&token)).await?;
    Ok(done("/account", "Your address is confirmed."))
}
