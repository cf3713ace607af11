//! Whoever got nowhere is told why, on the page that they set out from where that is known.
use crate::{
    oauth::{Error, Failure, Intent, Provider},
    web::{
        AppState, Flash, Result,
        flash::Kind,
        redirect::{LocalPath, see_other},
    },
};

pub fn trouble(app: &AppState, provider: &Provider, intent: Option<Intent>, next: &str, error: Error) -> Result {
    Ok(flash_of(app, provider, error)?.on(see_other(page_of(app, intent, next))))
}

/// An error where it is no trouble with the provider.
pub fn flash_of(app: &AppState, provider: &Provider, error: Error) -> Result<Flash> {
    let label = &provider.label;
    Ok(match error {
        Error::Refused(error) => return Err(error.into()),
        Error::Cancelled => Flash::new(Kind::Info, format!("You cancelled at {label}. Nothing has happened.")),
        Error::Stale => {
            let text = "This way back from a provider was begun in another browser, was used already, or is over. Nothing has happened; begin anew.";
            Flash::new(Kind::Warning, text)
        }
        Error::Provider(failure) => Flash::new(Kind::Error, told(app, provider, &failure)),
    })
}

/// What the provider did goes into the log, and in development onto the page.
fn told(app: &AppState, provider: &Provider, failure: &Failure) -> String {
    tracing::warn!(provider = provider.name, %failure, "a provider was of no help");
    let label = &provider.label;
    let text = match failure {
        Failure::Away(_) => format!("{label} does not answer at the moment. Try again later, or another way."),
        Failure::Odd(_) | Failure::Refused => format!("{label} did not answer as it should. Try again later, or another way."),
        Failure::NoProof => {
            format!("{label} does not show that it is still you. Sign out and in again instead, and come back within ten minutes.")
        }
    };
    if app.has_dev() { format!("{text} In development only: {failure}.") } else { text }
}

pub fn page_of(app: &AppState, intent: Option<Intent>, next: &str) -> LocalPath {
    let next = LocalPath::once_signed_in(&app.config.base_url, next);
    match (intent, next) {
        (Some(Intent::Connect), _) => "/account/connections".into(),
        (Some(Intent::Verify), Some(next)) => next.as_next_of("/verify"),
        (Some(Intent::Verify), None) => "/verify".into(),
        (_, Some(next)) => next.as_next_of("/login"),
        (_, None) => "/login".into(),
    }
}
