//! A page that works with an account elsewhere: an example of a route that needs a connection, and of a call to a provider.
use super::oauth;
use crate::web::{AppState, ConnectedApi, Page, Result};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;

/// What the practice provider answers.
#[derive(Deserialize)]
struct Diary {
    owner: String,
    entries: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "dev/diary.html")]
struct DiaryPage {
    page: Page,
    diary: Diary,
}

pub async fn show(State(app): State<AppState>, ConnectedApi(api): ConnectedApi, page: Page) -> Result {
    let diary = api.at(oauth::api(&app.config)).get("/diary").await?;
    Ok(DiaryPage { page, diary }.into_response())
}
