//! One role: add, edit.
use crate::{
    accounts::{
        Actor, Client, Error, Permission, Permissions, RoleName, Viewer,
        roles::{self, ADMIN, Draft, Hierarchy, Role},
    },
    web::{AppState, CurrentUser, Errors, Form, Page, Result, admin::path::RoleOfPath, done, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct RoleForm {
    name: String,
    description: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    includes: Vec<String>,
}

impl RoleForm {
    fn of(draft: &Draft) -> Self {
        Self {
            name: draft.name.to_string(),
            description: draft.description.clone(),
            permissions: draft.permissions.iter().map(|permission| permission.name().to_owned()).collect(),
            includes: draft.includes.iter().cloned().collect(),
        }
    }

    fn parse(&self) -> Result<Draft, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", RoleName::parse(&self.name));
        let description = errors.take("description", description(&self.description));
        let permissions: Option<Permissions> = self.permissions.iter().map(|name| Permission::parse(name)).collect();
        let permissions = errors.take("permissions", permissions.ok_or("holds what is no permission. Choose among these"));
        match (name, description, permissions) {
            (Some(name), Some(description), Some(permissions)) => {
                Ok(Draft { name, description, permissions, includes: self.includes.iter().cloned().collect() })
            }
            _ => Err(errors),
        }
    }
}

fn description(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = text.chars().count() <= 255 && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("must have at most 255 characters, in one line") }
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/role.html")]
struct RolePage {
    page: Page,
    viewer: Arc<Viewer>,
    hierarchy: Hierarchy,
    /// None: a new one.
    role: Option<Role>,
    form: RoleForm,
    errors: Errors,
}

impl RolePage {
    async fn load(app: &AppState, viewer: Arc<Viewer>, page: Page, role: Option<Role>) -> Result<Self> {
        let hierarchy = Hierarchy::read(&app.db).await?;
        let form = role.as_ref().map(|role| RoleForm::of(&Draft::of(&hierarchy, role))).unwrap_or_default();
        Ok(Self { page, viewer, hierarchy, role, form, errors: Errors::default() })
    }

    fn action(&self) -> String {
        self.role.as_ref().map_or("/admin/roles/new".to_owned(), |role| format!("/admin/roles/{}", role.id))
    }

    fn is_fixed(&self) -> bool {
        self.role.as_ref().is_some_and(|role| role.name == ADMIN)
    }

    fn keeps_its_name(&self) -> bool {
        self.role.as_ref().is_some_and(roles::is_built_in)
    }

    /// Those that it may include: not `admin`, not itself, and none that includes it.
    fn includable(&self) -> Vec<&Role> {
        let reaches =
            |other: &Role| self.role.as_ref().is_some_and(|role| self.hierarchy.all_of(other).iter().any(|one| one.id == role.id));
        self.hierarchy
            .roles
            .iter()
            .filter(|other| other.name != ADMIN && !reaches(other) && self.viewer.permissions.include(&Permissions::of(&other.effective)))
            .collect()
    }

    /// It allows what whoever looks may not do.
    fn is_above(&self) -> bool {
        self.role.as_ref().is_some_and(|role| !self.viewer.permissions.include(&Permissions::of(&role.effective)))
    }

    fn allows(&self, permission: &Permission) -> bool {
        self.form.permissions.iter().any(|name| name == permission.name())
    }

    fn includes(&self, role: &Role) -> bool {
        self.form.includes.contains(&role.name)
    }
}

pub async fn show_new(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page) -> Result {
    Ok(RolePage::load(&app, viewer, page, None).await?.into_response())
}

pub async fn create(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    client: Client,
    page: Page,
    Form(form): Form<RoleForm>,
) -> Result {
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(errors) => return refused(&app, viewer, page, None, form, errors).await,
    };
    match roles::create(&app.db, &Actor::new(&viewer, &client), &draft).await {
        Ok(role) => Ok(done("/admin/roles", format!("The role {} is there.", role.name))),
        Err(error) => refused_by(&app, viewer, page, None, form, error).await,
    }
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, RoleOfPath(role): RoleOfPath, page: Page) -> Result {
    Ok(RolePage::load(&app, viewer, page, Some(role)).await?.into_response())
}

pub async fn update(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    RoleOfPath(role): RoleOfPath,
    client: Client,
    page: Page,
    Form(form): Form<RoleForm>,
) -> Result {
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(errors) => return refused(&app, viewer, page, Some(role), form, errors).await,
    };
    match roles::update(&app.db, &Actor::new(&viewer, &client), &role, &draft).await {
        Ok(true) => Ok(done("/admin/roles", format!("The role {} is saved. The change takes effect at once.", draft.name))),
        Ok(false) => Ok(done("/admin/roles", format!("The role {} is as it was.", role.name))),
        Err(error) => refused_by(&app, viewer, page, Some(role), form, error).await,
    }
}

async fn refused(app: &AppState, viewer: Arc<Viewer>, page: Page, role: Option<Role>, form: RoleForm, errors: Errors) -> Result {
    let page = RolePage::load(app, viewer, page, role).await?;
    Ok(refuse(RolePage { form, errors, ..page }))
}

/// What the form can mend it is told; whatever else is a page of its own.
async fn refused_by(app: &AppState, viewer: Arc<Viewer>, page: Page, role: Option<Role>, form: RoleForm, error: Error) -> Result {
    let errors = match error {
        Error::RoleTaken => Errors::on("name", "is taken. Choose another one"),
        Error::NoSuchRole(name) => Errors::on("includes", format!("names {name}, a role that is not there any more")),
        Error::Cycle => Errors::above("A role cannot include itself, nor one that includes it."),
        Error::Fixed => Errors::above("This role is built in: what the app needs of it cannot be changed."),
        error => return Err(error.into()),
    };
    refused(app, viewer, page, role, form, errors).await
}
