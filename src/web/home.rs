use super::Page;
use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Response};

/// Explains the app to a developer who has just cloned it; meant to be replaced.
#[derive(Template, WebTemplate)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
}

pub async fn show(page: Page) -> Response {
    HomePage { page }.into_response()
}
