//! The queue: what waits, what is parked, and what became of the rest.
use crate::{
    accounts::{Actor, Client, jobs, people},
    jobs::{Row, State as JobState},
    web::{
        AppState, CurrentUser, Page, Result, done,
        id::Id,
        query::{Pager, Query, part},
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    #[serde(skip_serializing_if = "String::is_empty")]
    state: String,
    #[serde(skip_serializing)]
    after: String,
    #[serde(skip_serializing)]
    before: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/jobs.html")]
struct JobsPage {
    page: Page,
    search: Search,
    jobs: Vec<Row>,
    /// Of whom they are about.
    names: HashMap<i64, String>,
    pager: Pager,
}

impl JobsPage {
    fn person(&self, job: &Row) -> &str {
        job.user_id.and_then(|id| self.names.get(&id)).map_or("", String::as_str)
    }
}

pub async fn show(State(app): State<AppState>, page: Page, Query(search): Query<Search>) -> Result {
    let state = JobState::parse(&search.state);
    let slice = jobs::list(&app.db, state, part(&search.after, &search.before, |text| text.parse().ok())).await?;
    let before = slice.rows.first().filter(|_| slice.has_before).map(|job| job.id.to_string());
    let after = slice.rows.last().filter(|_| slice.has_after).map(|job| job.id.to_string());
    let names = people::names(&app.db, slice.rows.iter().filter_map(|job| job.user_id).collect()).await?;
    let pager = Pager::new("/admin/jobs", &search, before, after);
    Ok(JobsPage { page, search, jobs: slice.rows, names, pager }.into_response())
}

pub async fn retry(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, client: Client) -> Result {
    jobs::retry(&app.db, &Actor::new(&viewer, &client), id).await?;
    Ok(done("/admin/jobs", "The job is due now. A worker takes it within a moment."))
}

pub async fn discard(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, client: Client) -> Result {
    jobs::discard(&app.db, &Actor::new(&viewer, &client), id).await?;
    Ok(done("/admin/jobs", "The job is discarded."))
}
