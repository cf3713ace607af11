use crate::{
    accounts::{
        Permission::{ManageRoles, ManageUsers, ReadAudit, ReadUsers},
        User,
        audit::{self, Record},
        people::{self, Counts},
    },
    web::{AppState, CurrentUser, Page, Result},
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
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page) -> Result {
    let may_see_people = [ReadUsers, ManageUsers, ManageRoles].into_iter().any(|permission| viewer.may(permission));
    let people = match may_see_people {
        true => Some((people::counts(&app.db).await?, people::newest(&app.db, 5).await?)),
        false => None,
    };
    let failures = match viewer.may(ReadAudit) {
        true => Some(audit::last_failures(&app.db, 5).await?),
        false => None,
    };
    Ok(AdminPage { page, people, failures }.into_response())
}
