use crate::{
    accounts::{
        Actor, Client, Error,
        people::Count,
        roles::{self, Hierarchy, Role},
    },
    web::{self, AppState, CurrentUser, Page, Result, admin::path::RoleOfPath, done},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};

#[derive(Template, WebTemplate)]
#[template(path = "admin/delete_role.html")]
struct DeletePage {
    page: Page,
    role: Role,
    holders: Count,
    included_in: Vec<String>,
}

pub async fn show(State(app): State<AppState>, RoleOfPath(role): RoleOfPath, page: Page) -> Result {
    if roles::is_built_in(&role) {
        return Err(web::Error::Forbidden);
    }
    let hierarchy = Hierarchy::read(&app.db).await?;
    let includes = |other: &&Role| hierarchy.includes_of(other).iter().any(|included| included.id == role.id);
    let included_in = hierarchy.roles.iter().filter(includes).map(|other| other.name.clone()).collect();
    let holders = roles::holders(&app.db, &role).await?;
    Ok(DeletePage { page, role, holders, included_in }.into_response())
}

pub async fn submit(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, RoleOfPath(role): RoleOfPath, client: Client) -> Result {
    match roles::delete(&app.db, &Actor::new(&viewer, &client), &role).await {
        Ok(_) => Ok(done("/admin/roles", format!("The role {} is deleted.", role.name))),
        Err(Error::Fixed) => Err(web::Error::Forbidden),
        Err(error) => Err(error.into()),
    }
}
