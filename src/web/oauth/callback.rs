//! Somebody comes back from a provider.
use super::trouble::{flash_of, page_of, trouble};
use crate::{
    accounts::{
        self, Client, Viewer,
        identities::{self, Arrival, Connection, News},
    },
    oauth::{self, Answer, Intent, Lost, Provider, Return},
    web::{
        AppState, Error, Flash, Result,
        browser::{CurrentBrowser, remember},
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
    http::HeaderMap,
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
    (CurrentBrowser(browser), headers): (CurrentBrowser, HeaderMap),
    Query(answer): Query<Answer>,
) -> Result {
    let provider = app.providers.get(&provider).ok_or(Error::NotFound)?.clone();
    if is_part_of_a_page(&headers) {
        return trouble(&app, &provider, None, "", oauth::Error::Stale);
    }
    let returned = match oauth::come_back(&app.db, &app.config, &client, &provider, browser, &answer).await {
        Ok(returned) => returned,
        Err(Lost { error, intent: Some(Intent::Connect), next, need: Some(scope) }) => {
            let next = LocalPath::once_signed_in(&app.config.base_url, &next);
            let page = LocalPath::of_connections(&provider.name, &scope, next.as_ref());
            return Ok(flash_of(&app, &provider, error)?.on(see_other(page)));
        }
        Err(Lost { error, intent, next, .. }) => return trouble(&app, &provider, intent, &next, error),
    };
    if returned.intent == Intent::Login {
        return sign_in(&app, &current, &client, &provider, &returned).await;
    }
    let Some(Extension(viewer)) = viewer.filter(|Extension(viewer)| returned.is_of(viewer)) else {
        let text = "You signed out meanwhile, or somebody else signed in. Nothing has happened; sign in and begin anew.";
        return Ok(warning("/login", text));
    };
    match returned.intent {
        Intent::Verify => verify(&app, &current, &client, &provider, &viewer, &returned).await,
        _ => connect(&app, &current, &client, &provider, &viewer, &returned).await,
    }
}

/// As an image or a frame of another site's: it must not use up the limit of whoever looks at that.
fn is_part_of_a_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|destination| destination != "document")
}

fn warning(path: impl Into<LocalPath>, text: impl Into<String>) -> Response {
    Flash::new(Kind::Warning, text).on(see_other(path))
}

async fn sign_in(app: &AppState, current: &CurrentSession, client: &Client, provider: &Provider, returned: &Return) -> Result {
    let label = &provider.label;
    let arrival = match oauth::arrive(&app.db, &app.config, client, returned).await {
        Ok(arrival) => arrival,
        Err(error) => return trouble(app, provider, Some(Intent::Login), &returned.next, error),
    };
    Ok(match arrival {
        Arrival::Here(who, news) => match current.sign_in(&who, false).await {
            Ok(()) => {
                returned.keep(&current.grants()).await;
                welcome(app, provider, news, returned)
            }
            Err(accounts::Error::Changed) => warning("/login", "Your account was changed from elsewhere meanwhile. Sign in again."),
            Err(error) => return Err(error.into()),
        },
        Arrival::Stranger => remember(app, &returned.browser, see_other("/oauth/finish")),
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

fn welcome(app: &AppState, provider: &Provider, news: News, returned: &Return) -> Response {
    let next = LocalPath::next_or_home(app, &returned.next);
    match news {
        News::Nothing => see_other(next),
        News::Registered => done(next, "Your account is ready."),
        News::Connected => done(
            next,
            format!("Your {} account is connected to the one here that has the address {}.", provider.label, returned.claim.label()),
        ),
        News::TakenOver => {
            let text = "The account of your address was not confirmed by anybody. It is yours now; a password that was set before no longer works.";
            Flash::new(Kind::Warning, text).on(see_other(next))
        }
    }
}

async fn connect(
    app: &AppState,
    current: &CurrentSession,
    client: &Client,
    provider: &Provider,
    viewer: &Viewer,
    returned: &Return,
) -> Result {
    let (label, name) = (&provider.label, returned.claim.label());
    let next = LocalPath::once_signed_in(&app.config.base_url, &returned.next);
    let connection = identities::connect(&app.db, &app.config, client, viewer, &returned.claim).await?;
    if connection == Connection::Taken {
        let text = format!(
            "The {label} account {name} is connected to another account here, so nothing was changed. To move it, sign in to that account here and disconnect it; if it is the only way in, that account needs a password first."
        );
        return Ok(Flash::new(Kind::Error, text).on(see_other("/account/connections")));
    }
    returned.keep(&current.grants()).await;
    if let Some(scope) = returned.denied() {
        let text = format!("{label} did not allow {scope}, so what needs it stays closed. Nothing is lost; you can try again.");
        return Ok(warning(LocalPath::of_connections(&provider.name, scope, next.as_ref()), text));
    }
    let text = match connection {
        Connection::Made => format!("Your {label} account {name} is connected. From now on it signs you in."),
        _ => format!("Your {label} account {name} was connected already, and is connected anew."),
    };
    Ok(done(next.unwrap_or("/account/connections".into()), text))
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
            let text = format!("That is not the {} account that is connected to yours. Use that one.", provider.label);
            Ok(warning(page_of(app, Some(Intent::Verify), &returned.next), text))
        }
        Err(error) => Err(error.into()),
    }
}
