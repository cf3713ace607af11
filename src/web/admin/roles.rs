//! Every role, what it allows, and which it includes.
use crate::{
    accounts::{
        Permissions,
        people::Count,
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
    holders: HashMap<i64, Count>,
}

impl RolesPage {
    /// What comes with the roles that it includes.
    fn inherited(&self, role: &Role) -> Permissions {
        Permissions::of(&role.effective).without(&self.hierarchy.own(role))
    }

    fn holders(&self, role: &Role) -> String {
        self.holders.get(&role.id).map(Count::to_string).unwrap_or_default()
    }
}

pub async fn show(State(app): State<AppState>, page: Page) -> Result {
    let hierarchy = Hierarchy::read(&app.db).await?;
    let mut holders = HashMap::new();
    for role in &hierarchy.roles {
        holders.insert(role.id, roles::holders(&app.db, role).await?);
    }
    Ok(RolesPage { page, hierarchy, holders }.into_response())
}
