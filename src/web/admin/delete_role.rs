use super::role::get;
use crate::{
    accounts::{
        Actor, Client, Error,
        roles::{self, Hierarchy, Role},
    },
    web::{self, AppState, CurrentUser, Page, Result, done, id::Id},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};

#[derive(Template, WebTemplate)]
#[template(path = "admin/delete_role.html")]
struct DeletePage {
    page: Page,
    role: Role,
    holders: u64,
    included_in: Vec<String>,
}

pub async fn show(State(app): State<AppState>, Id(id): Id, page: Page) -> Result {
    let role = get(&app, id).await?;
    if roles::is_built_in(&role) {
        return Err(web::Error::Forbidden);
    }
    let hierarchy = Hierarchy::read(&app.db).await?;
    let includes = |other: &&Role| hierarchy.includes_of(other).iter().any(|included| included.id == role.id);
    let included_in = hierarchy.roles.iter().filter(includes).map(|other| other.name.clone()).collect();
    let holders = roles::count_holders(&app.db, &role).await?;
    Ok(DeletePage { page, role, holders, included_in }.into_response())
}

pub async fn submit(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, Id(id): Id, client: Client) -> Result {
    let role = get(&app, id).await?;
    match roles::delete(&app.db, &Actor::new(&viewer, &client), &role).await {
        Ok(_) => Ok(done("/admin/roles", format!("The role {} is deleted.", role.name))),
        Err(Error::Fixed) => Err(web::Error::Forbidden),
        Err(error) => Err(error.into()),
    }
}
