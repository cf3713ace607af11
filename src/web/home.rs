use super::{AppState, Page};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

/// Explains the app to a developer who has just cloned it; meant to be replaced.
#[derive(Template, WebTemplate)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    /// There is a page of tools to point at.
    has_dev: bool,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Response {
    HomePage { page, has_dev: app.has_dev() }.into_response()
}
