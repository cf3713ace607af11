//! Behind the link that was mailed to the address of before: whoever reads mail there takes the account back.
use crate::{
    accounts::{self, Client, Token},
    web::{AppState, Page, Result, done},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};

#[derive(Template, WebTemplate)]
#[template(path = "account/email/undo.html")]
struct UndoPage {
    page: Page,
    email: String,
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, page: Page) -> Result {
    let email = accounts::find_undo(&app.db, &Token::parse(&token)).await?;
    Ok(UndoPage { page, email }.into_response())
}

pub async fn submit(State(app): State<AppState>, Path(token): Path<String>, client: Client) -> Result {
    accounts::undo_email_change(&app.db, &app.config, &client, &Token::parse(&token)).await?;
    Ok(done("/check-inbox", "The account has its address back, and everybody is signed out. We sent a link there to set a new password."))
}
