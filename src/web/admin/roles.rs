//! Every role, what it allows, and which it includes.
use crate::{
    accounts::{
        Permissions,
        roles::{self, Hierarchy, Role},
    },
    web::{AppState, Page, Result},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use std::collections::HashMap;

#[derive(Template, WebTemplate)]
#[template(path = "admin/roles.html")]
struct RolesPage {
    page: Page,
    hierarchy: Hierarchy,
    holders: HashMap<i64, u64>,
}

impl RolesPage {
    /// What comes with the roles that it includes.
    fn inherited(&self, role: &Role) -> Permissions {
        Permissions::of(&role.effective).symmetric_difference(&self.hierarchy.own(role))
    }

    fn holders(&self, role: &Role) -> u64 {
        self.holders.get(&role.id).copied().unwrap_or_default()
    }
}

pub async fn show(State(app): State<AppState>, page: Page) -> Result {
    let (hierarchy, holders) = (Hierarchy::read(&app.db).await?, roles::holders(&app.db).await?);
    Ok(RolesPage { page, hierarchy, holders }.into_response())
}
