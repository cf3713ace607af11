//! Where people are led once a link is on its way. Says nothing of who has an account, and names no address.
use super::Page;
use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Response};

#[derive(Template, WebTemplate)]
#[template(path = "check_inbox.html")]
struct CheckInboxPage {
    page: Page,
}

pub async fn show(page: Page) -> Response {
    CheckInboxPage { page }.into_response()
}
