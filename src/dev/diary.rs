//! A page that works with an account elsewhere: an example of a route that needs a connection, and of a call to a provider.
use super::oauth;
use crate::{
    accounts::identities,
    web::{AppState, CurrentUser, Error, Page, Result},
};
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
    diaries: Vec<Diary>,
}

/// The guard of the route has seen to it that one of their connections allows it.
pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page) -> Result {
    let mut diaries = Vec::new();
    for identity in identities::list(&app.db, viewer.user.id).await? {
        let api = app.grants.of(&identity).ok_or(Error::NotFound)?.at(oauth::api(&app.config));
        if api.tokens().await?.is_some_and(|tokens| tokens.allows(oauth::DIARY)) {
            diaries.push(api.get("/diary").await?);
        }
    }
    Ok(DiaryPage { page, diaries }.into_response())
}
