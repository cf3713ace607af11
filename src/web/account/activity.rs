//! What a person did, and what was done to their account, in words.
use crate::{
    accounts::{
        User,
        audit::{self, Action, Mark, Record},
    },
    db::{Timestamp, paging::Part},
    web::{
        AppState, CurrentUser, Page, Result,
        query::{Pager, Query, part},
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
    before: String,
}

impl Asked {
    fn part(&self) -> Part<Mark> {
        part(&self.after, &self.before, |text| {
            let (at, id) = text.split_once('.')?;
            Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
        })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "account/activity.html")]
struct ActivityPage {
    page: Page,
    user: User,
    records: Vec<Record>,
    pager: Pager,
}

impl ActivityPage {
    /// What happened, as told to the one whose account it is.
    fn words(&self, record: &Record) -> String {
        let (is_own, failed) = (record.is_by(&self.user), record.outcome != "success");
        let who = if is_own { "You" } else { "Somebody" };
        let admin = if is_own { "You" } else { "An administrator" };
        let Some(action) = Action::parse(&record.action) else { return record.action.clone() };
        let is_to_others = is_own && !record.is_to_oneself();
        match action {
            Action::SignIn if failed => "Somebody tried to sign in with a wrong password".to_owned(),
            Action::Prove if failed => "A wrong password was typed to prove that it is you".to_owned(),
            Action::SignIn => "You signed in".to_owned(),
            Action::SignOut => "You signed out".to_owned(),
            Action::Prove => "You proved that it is you".to_owned(),
            Action::Register => "You created this account".to_owned(),
            Action::SetUp => "You became the first admin".to_owned(),
            Action::UpdateProfile => "You changed your profile".to_owned(),
            Action::ChangePassword => "You changed your password".to_owned(),
            Action::RequestReset => "Somebody asked for a link to set a new password".to_owned(),
            Action::ConfirmEmail => "You confirmed your address".to_owned(),
            Action::RequestEmailChange => "You asked to change your address".to_owned(),
            Action::CancelEmailChange => "You cancelled the change of your address".to_owned(),
            Action::ChangeEmail => "You changed your address".to_owned(),
            Action::UndoEmailChange => "A change of your address was undone".to_owned(),
            Action::NotMe => "A sign-in was reported as not yours".to_owned(),
            action if is_to_others => format!("You did this to {}: {}", record.target(), action.name()),
            Action::SetPassword if record.actor_id.is_none() => "The password was set by a link".to_owned(),
            Action::SetPassword => format!("{admin} set your password"),
            Action::CreateUser => format!("{admin} added this account"),
            Action::Activate => format!("{admin} activated this account"),
            Action::Deactivate => format!("{admin} deactivated this account"),
            Action::EndSessions => format!("{admin} signed you out everywhere"),
            Action::MakePasswordLink => format!("{admin} made a link to set your password"),
            Action::ResetAccess => format!("{admin} closed every way into this account"),
            Action::ChangeRoles => format!("{admin} changed your roles"),
            action => format!("{who}: {}", action.name()),
        }
    }
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page, Query(asked): Query<Asked>) -> Result {
    let slice = audit::about(&app.db, viewer.user.id, asked.part()).await?;
    let mark = |record: &Record| format!("{}.{}", record.at.0, record.id);
    let before = slice.rows.first().filter(|_| slice.has_before).map(mark);
    let after = slice.rows.last().filter(|_| slice.has_after).map(mark);
    let pager = Pager::new("/account/activity", &(), before, after);
    Ok(ActivityPage { page, user: viewer.user.clone(), records: slice.rows, pager }.into_response())
}
