//! Accounts at providers that sign somebody in here.
use crate::{
    accounts::{
        Client, Error, Viewer,
        identities::{self, Identity},
    },
    web::{AppState, CurrentUser, Errors, Page, Result, done, id::Id, refuse},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, response::IntoResponse};

#[derive(Template, WebTemplate)]
#[template(path = "account/connections.html")]
struct ConnectionsPage {
    page: Page,
    has_password: bool,
    identities: Vec<Identity>,
    errors: Errors,
}

impl ConnectionsPage {
    async fn of(app: &AppState, viewer: &Viewer, page: Page, errors: Errors) -> Result<Self> {
        let identities = identities::list(&app.db, viewer.user.id).await?;
        Ok(Self { page, has_password: viewer.user.has_password(), identities, errors })
    }
}

pub async fn show(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, page: Page) -> Result {
    Ok(ConnectionsPage::of(&app, &viewer, page, Errors::default()).await?.into_response())
}

pub async fn disconnect(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, client: Client, Id(id): Id, page: Page) -> Result {
    let label = |identity: &Identity| app.providers.of(identity).map(|provider| provider.label.clone());
    match identities::disconnect(&app.db, &app.config, &client, &viewer.user, id, label).await {
        Ok(identity) => Ok(done("/account/connections", format!("{} is disconnected. It no longer signs you in.", identity.label))),
        Err(Error::LastWayIn) => Ok(refuse(ConnectionsPage::of(&app, &viewer, page, Errors::above(LAST_WAY_IN)).await?)),
        Err(error) => Err(error.into()),
    }
}

const LAST_WAY_IN: &str =
    "That is the only way into your account, so it stays. Set a password or connect another one, and then disconnect it.";
