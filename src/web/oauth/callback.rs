//! Somebody comes back from a provider.
use super::trouble;
use crate::{
    accounts::{
        self, Client, Viewer,
        identities::{self, Arrival, Connection, News},
    },
    oauth::{self, Answer, Browser, Intent, Provider, Return},
    web::{
        AppState, Error, Flash, Result,
        browser::CurrentBrowser,
        done,
        flash::Kind,
        query::Query,
        redirect::{LocalPath, see_other},
        session::CurrentSession,
    },
};
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use std::sync::Arc;

/// A GET that acts: the browser brings an answer for which it set out itself, and no other page can make one up.
pub async fn show(
    State(app): State<AppState>,
    Path(provider): Path<String>,
    current: CurrentSession,
    viewer: Option<Extension<Arc<Viewer>>>,
    client: Client,
    CurrentBrowser(browser): CurrentBrowser,
    Query(answer): Query<Answer>,
) -> Result {
    let provider = app.providers.get(&provider).ok_or(Error::NotFound)?.clone();
    let outcome = match oauth::come_back(&app.db, &app.config, &client, &provider, browser.as_ref(), &answer).await {
        Ok(outcome) => outcome,
        Err(error) => return trouble(&app, &provider, None, "", error),
    };
    let intent = outcome.intent;
    let (returned, browser) = match (outcome.result, browser) {
        (Ok(returned), Some(browser)) => (returned, browser),
        (Ok(_), None) => return trouble(&app, &provider, None, "", oauth::Error::Stale),
        (Err(error), _) => return trouble(&app, &provider, intent, "", error),
    };
    let viewer = viewer.map(|Extension(viewer)| viewer).filter(|viewer| returned.is_of(viewer));
    match (returned.intent, viewer) {
        (Intent::Login, _) => sign_in(&app, &current, &client, &provider, &browser, &returned).await,
        (Intent::Connect, Some(viewer)) => connect(&app, &client, &provider, &viewer, &returned).await,
        (Intent::Verify, Some(viewer)) => verify(&app, &current, &client, &provider, &viewer, &returned).await,
        (Intent::Connect | Intent::Verify, None) => {
            Ok(warning("/login", "You signed out meanwhile, or somebody else signed in. Nothing has happened; sign in and begin anew."))
        }
        (Intent::Finish, _) => Err(Error::NotFound),
    }
}

fn warning(path: impl Into<LocalPath>, text: impl Into<String>) -> Response {
    Flash::new(Kind::Warning, text).on(see_other(path))
}

async fn sign_in(
    app: &AppState,
    current: &CurrentSession,
    client: &Client,
    provider: &Provider,
    browser: &Browser,
    returned: &Return,
) -> Result {
    let label = &provider.label;
    let arrival = match oauth::arrive(&app.db, &app.config, client, browser, &returned.claim, &returned.next).await {
        Ok(arrival) => arrival,
        Err(error) => return trouble(app, provider, Some(Intent::Login), &returned.next, error),
    };
    Ok(match arrival {
        Arrival::Here(who, news) => match current.sign_in(&who, false).await {
            Ok(()) => welcome(app, provider, news, &returned.next),
            Err(accounts::Error::Changed) => warning("/login", "Your account was changed from elsewhere meanwhile. Sign in again."),
            Err(error) => return Err(error.into()),
        },
        Arrival::Stranger => see_other("/oauth/finish"),
        Arrival::SignInFirst => warning(
            LocalPath::from("/account/connections").as_next_of("/login"),
            format!("The address that {label} gives has an account here already. Sign in to it, and then connect {label} to it."),
        ),
        Arrival::Deactivated => warning("/login", "This account is deactivated. Ask an administrator to activate it."),
        Arrival::Closed => warning(
            "/login",
            format!(
                "That {label} account is connected to nobody here, and only administrators add people. Ask one; or sign in, and then connect it."
            ),
        ),
        Arrival::OtherDomain => {
            warning("/login", format!("The address that {label} gives is not of an organisation that may register here."))
        }
    })
}

fn welcome(app: &AppState, provider: &Provider, news: News, next: &str) -> Response {
    let next = LocalPath::next_or_home(app, next);
    match news {
        News::Nothing => see_other(next),
        News::Registered => done(next, "Your account is ready."),
        News::Connected => done(next, format!("Your {} account is connected to the account that has its address.", provider.label)),
    }
}

async fn connect(app: &AppState, client: &Client, provider: &Provider, viewer: &Viewer, returned: &Return) -> Result {
    let (label, name) = (&provider.label, returned.claim.label());
    let back = LocalPath::once_signed_in(&app.config.base_url, &returned.next).unwrap_or("/account/connections".into());
    Ok(match identities::connect(&app.db, &app.config, client, viewer, &returned.claim).await? {
        Connection::Made => done(back, format!("Your {label} account {name} is connected. From now on it signs you in.")),
        Connection::Known => done(back, format!("Your {label} account {name} was connected already.")),
        Connection::Taken => Flash::new(
            Kind::Error,
            format!("The {label} account {name} is connected to another account here, so nothing was changed. To move it, sign in with {label} and disconnect it there first."),
        )
        .on(see_other("/account/connections")),
    })
}

async fn verify(
    app: &AppState,
    current: &CurrentSession,
    client: &Client,
    provider: &Provider,
    viewer: &Viewer,
    returned: &Return,
) -> Result {
    let proven = async {
        identities::prove(&app.db, client, &viewer.user, &returned.claim).await?;
        current.renew().await
    };
    match proven.await {
        Ok(()) => Ok(see_other(LocalPath::next_or_home(app, &returned.next))),
        Err(accounts::Error::Wrong) => {
            Ok(warning("/verify", format!("That is not the {} account that is connected to yours. Use that one.", provider.label)))
        }
        Err(error) => Err(error.into()),
    }
}
