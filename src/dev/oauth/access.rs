//! Where somebody looks at what they allowed, and takes it back: at the provider, without a word to the app.
use super::grants;
use crate::web::{AppState, Form, Page, Result, done};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;

#[derive(Template, WebTemplate)]
#[template(path = "dev/oauth/access.html")]
struct AccessPage {
    page: Page,
    /// Subjects and names.
    granted: Vec<(String, String)>,
    /// At the app.
    connections: String,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Result {
    let connections = format!("{}/account/connections", app.config.base_url.origin());
    Ok(AccessPage { page, granted: grants::granted(&app), connections }.into_response())
}

#[derive(Deserialize)]
pub struct TakeBackForm {
    subject: String,
}

pub async fn submit(State(app): State<AppState>, Form(form): Form<TakeBackForm>) -> Result {
    grants::take_back(&app, &form.subject);
    Ok(done("/dev/oauth/access", "Taken back. The app finds out when it next asks."))
}
