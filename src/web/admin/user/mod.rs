//! One person, and what can be done to them.
mod actions;
pub mod delete;
pub mod reset_access;

pub use actions::{activate, deactivate, make_password_link, set_roles, sign_out};

use crate::{
    accounts::{
        Permission::{ManageRoles, ManageUsers, ReadAudit},
        Permissions, Reason, User, Viewer,
        audit::{self, Filter, Record},
        identities::{self, Identity},
        people,
        roles::{self, Role},
    },
    db::paging::Part,
    entity::session,
    web::{AppState, CurrentUser, Errors, Page, Result, admin::path::PersonOfPath, redirect::LocalPath},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

#[derive(Default, Deserialize)]
pub struct ReasonForm {
    #[serde(default)]
    reason: String,
}

impl ReasonForm {
    fn required(&self) -> Result<Reason, Errors> {
        Reason::parse(&self.reason).map_err(|message| Errors::on("reason", message))
    }

    fn optional(&self) -> Result<Option<Reason>, Errors> {
        Reason::parse_optional(&self.reason).map_err(|message| Errors::above(format!("The reason {message}.")))
    }
}

const LAST_ADMIN: &str = "This is the last admin who can sign in. Make somebody else an admin first.";

fn page_of(user: &User) -> LocalPath {
    LocalPath::numbered("/admin/users", user.id)
}

/// A role, whether the person holds it, and whether whoever looks may give or take it.
struct Choice {
    role: Role,
    held: bool,
    open: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "admin/user.html")]
struct UserPage {
    page: Page,
    user: User,
    choices: Vec<Choice>,
    permissions: Permissions,
    /// They hold a permission that whoever looks lacks.
    above: bool,
    sessions: Vec<session::Model>,
    identities: Vec<Identity>,
    activity: Option<Vec<Record>>,
    viewer: Arc<Viewer>,
    reason: String,
    errors: Errors,
}

impl UserPage {
    async fn load(app: &AppState, viewer: Arc<Viewer>, page: Page, user: User) -> Result<Self> {
        let held = roles::held_by(&app.db, user.id).await?;
        let permissions: Permissions = held.iter().map(|role| role.effective.as_str()).collect();
        let above = !viewer.permissions.include(&permissions);
        let held: BTreeSet<i64> = held.iter().map(|role| role.id).collect();
        let choice = |role: Role| {
            let open = !above && viewer.permissions.include(&Permissions::of(&role.effective));
            Choice { held: held.contains(&role.id), open, role }
        };
        let choices = people::roles(&app.db).await?.into_iter().map(choice).collect();
        let sessions = people::sessions_of(&app.db, user.id).await?;
        let identities = identities::list(&app.db, user.id).await?;
        let activity = if viewer.may(ReadAudit) { Some(activity(app, &user).await?) } else { None };
        let (reason, errors) = (String::new(), Errors::default());
        Ok(Self { page, user, choices, permissions, above, sessions, identities, activity, viewer, reason, errors })
    }

    fn may_manage(&self) -> bool {
        self.viewer.may(ManageUsers) && !self.above
    }

    fn may_set_roles(&self) -> bool {
        self.viewer.may(ManageRoles) && !self.above
    }
}

/// What they did and what was done to them, newest first.
async fn activity(app: &AppState, user: &User) -> Result<Vec<Record>> {
    let by = Filter { actor: Some(user.id), ..Filter::default() };
    let to = Filter { target: Some(format!("user:{}", user.id)), ..Filter::default() };
    let mut records = audit::history(&app.db, &by, Part::First, 10).await?.rows;
    records.extend(audit::history(&app.db, &to, Part::First, 10).await?.rows);
    records.sort_by_key(|record| std::cmp::Reverse((record.at, record.id)));
    records.dedup_by_key(|record| record.id);
    records.truncate(10);
    Ok(records)
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, PersonOfPath(user): PersonOfPath, page: Page) -> Result {
    Ok(UserPage::load(&app, viewer, page, user).await?.into_response())
}
