//! Where people are led once a link is on its way. Says nothing of who has an account, and names no address.
use super::{AppState, Page};
use crate::config::Mail;
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

#[derive(Template, WebTemplate)]
#[template(path = "check_inbox.html")]
struct CheckInboxPage {
    page: Page,
    /// In development mail goes no further than this.
    in_dev: bool,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Response {
    let in_dev = app.has_dev() && matches!(app.config.mail, Mail::Inbox);
    CheckInboxPage { page, in_dev }.into_response()
}
