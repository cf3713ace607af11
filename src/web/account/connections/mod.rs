//! Accounts at providers that sign somebody in here, and what they let the app do.
mod connected;

use crate::{
    accounts::{
        Client, Error, Viewer,
        identities::{self, Identity},
    },
    oauth::{Grants, Provider},
    web::{
        AppState, CurrentUser, Errors, Page, Result,
        access::FRESH,
        done,
        id::Id,
        query::Query,
        redirect::{LocalPath, NextPage},
        refuse, routes,
        session::CurrentSession,
    },
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};
use connected::{Connected, Seen, Standing};
use futures_util::future::try_join_all;
use serde::Deserialize;
use std::sync::Arc;

/// What another page lacks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    need: String,
    scope: String,
}

/// The same, of a provider that is set up, and of a scope that some page needs. An empty one: any will do.
struct Need {
    provider: Arc<Provider>,
    scope: String,
    next: Option<LocalPath>,
}

impl Need {
    fn of(app: &AppState, asked: Asked, next: Option<LocalPath>) -> Option<Self> {
        let provider = app.providers.get(&asked.need)?.clone();
        let is_named = asked.scope.is_empty() || routes::is_scope_named(&provider, &asked.scope);
        is_named.then_some(Self { provider, scope: asked.scope, next })
    }

    /// Where to prove that it is them, and come back here.
    fn verify(&self) -> LocalPath {
        LocalPath::of_connections(&self.provider.name, &self.scope, self.next.as_ref()).as_next_of("/verify")
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "account/connections.html")]
struct ConnectionsPage {
    page: Page,
    has_password: bool,
    /// Else they have to prove first that it is them.
    is_fresh: bool,
    need: Option<Need>,
    connected: Vec<Connected>,
    errors: Errors,
}

impl ConnectionsPage {
    async fn of(app: &AppState, viewer: &Viewer, grants: &Grants, page: Page, need: Option<Need>, errors: Errors) -> Result<Self> {
        let identities = identities::list(&app.db, viewer.user.id).await?;
        let connected = try_join_all(identities.into_iter().map(|identity| Connected::of(app, grants, identity))).await?;
        let (has_password, is_fresh) = (viewer.user.has_password(), viewer.session.was_proven_within(FRESH));
        Ok(Self { page, has_password, is_fresh, need, connected, errors })
    }

    /// The one of theirs that what they opened worked with, where it is to be connected again with all that it allowed.
    fn reconnected(&self, need: &Need) -> Option<i64> {
        let is_meant = |connected: &&Connected| connected.identity.provider == need.provider.name && connected.wants_reconnecting();
        self.connected.iter().find(is_meant).map(|connected| connected.identity.id)
    }
}

pub async fn show(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    current: CurrentSession,
    page: Page,
    Query(asked): Query<Asked>,
    NextPage(next): NextPage,
) -> Result {
    let need = Need::of(&app, asked, next);
    Ok(ConnectionsPage::of(&app, &viewer, &current.grants(), page, need, Errors::default()).await?.into_response())
}

pub async fn disconnect(
    State(app): State<AppState>,
    CurrentUser(viewer): CurrentUser,
    current: CurrentSession,
    client: Client,
    Id(id): Id,
    page: Page,
) -> Result {
    let label = |identity: &Identity| app.providers.of(identity).map(|provider| provider.label.clone());
    match identities::disconnect(&app.db, &app.config, &client, &viewer.user, id, label).await {
        Ok(identity) => Ok(done("/account/connections", format!("{} is disconnected. It no longer signs you in.", identity.label))),
        Err(Error::LastWayIn) => {
            Ok(refuse(ConnectionsPage::of(&app, &viewer, &current.grants(), page, None, Errors::above(LAST_WAY_IN)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

const LAST_WAY_IN: &str =
    "That is the only way into your account, so it stays. Set a password or connect another one, and then disconnect it.";
