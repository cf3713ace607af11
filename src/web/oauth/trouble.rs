//! Whoever comes back without having got anywhere is told why, on the page that they set out from.
use crate::{
    oauth::{Error, Failure, Intent, Provider},
    web::{
        AppState, Flash, Result,
        flash::Kind,
        redirect::{LocalPath, see_other},
    },
};

/// What the provider did goes into the log, and in development onto the page.
pub fn trouble(app: &AppState, provider: &Provider, intent: Option<Intent>, next: &str, error: Error) -> Result {
    let label = &provider.label;
    let (kind, mut text) = match &error {
        Error::Refused(_) => {
            let Error::Refused(error) = error else { unreachable!("just seen") };
            return Err(error.into());
        }
        Error::Cancelled => (Kind::Info, format!("You cancelled at {label}. Nothing has happened.")),
        Error::Stale => {
            (Kind::Warning, "That was begun in another browser, or is over by now. Nothing has happened; begin anew.".to_owned())
        }
        Error::Provider(Failure::Away(_)) => {
            (Kind::Error, format!("{label} does not answer at the moment. Try again later, or another way."))
        }
        Error::Provider(Failure::Odd(_)) => (Kind::Error, format!("{label} did not answer as it should. Try again later, or another way.")),
        Error::Provider(Failure::NoProof) => (
            Kind::Error,
            format!("{label} does not show that it is still you. Sign out and in again instead, and come back within ten minutes."),
        ),
    };
    if let Error::Provider(failure) = &error {
        tracing::warn!(provider = provider.name, %failure, "a provider was of no help");
        if app.has_dev() {
            text.push_str(&format!(" ({failure}.)"));
        }
    }
    Ok(Flash::new(kind, text).on(see_other(page_of(app, intent, next))))
}

fn page_of(app: &AppState, intent: Option<Intent>, next: &str) -> LocalPath {
    let next = LocalPath::once_signed_in(&app.config.base_url, next);
    match (intent, next) {
        (Some(Intent::Connect), _) => "/account/connections".into(),
        (Some(Intent::Verify), Some(next)) => next.as_next_of("/verify"),
        (Some(Intent::Verify), None) => "/verify".into(),
        (_, Some(next)) => next.as_next_of("/login"),
        (_, None) => "/login".into(),
    }
}
