use crate::{
    accounts::{
        User,
        audit::{self, Record},
        jobs,
        people::{self, Count, Counts},
    },
    web::{AppState, Page, Result},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};

/// Each block is there only for who may see it.
#[derive(Template, WebTemplate)]
#[template(path = "admin/home.html")]
struct AdminPage {
    page: Page,
    people: Option<(Counts, Vec<User>)>,
    failures: Option<Vec<Record>>,
    /// Jobs that wait for somebody to look.
    parked: Option<Count>,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Result {
    let people = match page.may_open("/admin/users") {
        true => Some((people::counts(&app.db).await?, people::newest(&app.db, 5).await?)),
        false => None,
    };
    let failures = match page.may_open("/admin/audit") {
        true => Some(audit::last_failures(&app.db, 5).await?),
        false => None,
    };
    let parked = match page.may_open("/admin/jobs") {
        true => Some(jobs::count(&app.db).await?.1),
        false => None,
    };
    Ok(AdminPage { page, people, failures, parked }.into_response())
}
