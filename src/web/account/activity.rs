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
        let failed = record.outcome != "success";
        let who = if record.is_by(&self.user) { "You" } else { "An administrator" };
        let Some(action) = Action::parse(&record.action) else { return record.action.clone() };
        match action {
            Action::Connect if failed => "An account at a provider was not connected: it is somebody else's here".to_owned(),
            Action::Connect => format!("You connected an account at {}", record.detail),
            Action::Disconnect => format!("You disconnected an account at {}", record.detail),
            Action::SignIn if failed && is_by_provider(record) => {
                "Somebody tried to sign in by a provider while this account was deactivated".to_owned()
            }
            Action::Prove if failed && is_by_provider(record) => {
                "An account at a provider that is not connected was used to prove that it is you".to_owned()
            }
            Action::SignIn if failed => "Somebody tried to sign in with a wrong password".to_owned(),
            Action::Prove if failed => "A wrong password was typed to prove that it is you".to_owned(),
            Action::SetPassword if record.actor_id.is_none() && !record.is_by_command_line() => "The password was set by a link".to_owned(),
            action if record.is_by(&self.user) && !record.is_to_oneself() => format!("You {} {}", done(action), record.target()),
            action => match own(action) {
                Some(words) => words.to_owned(),
                None => format!("{who} {} this account", done(action)),
            },
        }
    }
}

/// Rather than by a password.
fn is_by_provider(record: &Record) -> bool {
    record.detail.starts_with("provider ")
}

/// What people do to their own account, and what happens to it.
fn own(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::SignIn => "You signed in",
        Action::SignOut => "You signed out",
        Action::Prove => "You proved that it is you",
        Action::Register => "You created this account",
        Action::SetUp => "You became the first admin",
        Action::UpdateProfile => "You changed your profile",
        Action::ChangePassword => "You changed your password",
        Action::RequestReset => "Somebody asked for a link to set a new password",
        Action::ConfirmEmail => "You confirmed your address",
        Action::RequestEmailChange => "You asked to change your address",
        Action::CancelEmailChange => "You cancelled the change of your address",
        Action::ChangeEmail => "You changed your address",
        Action::UndoEmailChange => "A change of your address was undone",
        Action::NotMe => "A sign-in was reported as not yours",
        _ => return None,
    })
}

/// Completes "An administrator … this account".
fn done(action: Action) -> &'static str {
    match action {
        Action::SetPassword => "set the password of",
        Action::CreateUser => "added",
        Action::DeleteUser => "deleted",
        Action::Activate => "activated",
        Action::Deactivate => "deactivated",
        Action::EndSessions => "signed out everywhere",
        Action::MakePasswordLink => "made a link to set the password of",
        Action::ResetAccess => "closed every way into",
        Action::ChangeRoles => "changed the roles of",
        Action::CreateRole => "added the role",
        Action::UpdateRole => "changed the role",
        Action::DeleteRole => "deleted the role",
        Action::RetryJob => "tried again the job",
        Action::DiscardJob => "discarded the job",
        // Nobody does these to others.
        action => action.name(),
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
