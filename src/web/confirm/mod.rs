//! For who has yet to show that their address is theirs.
pub mod link;

use super::{AppState, CurrentUser, Page, Result, redirect::see_other};
use crate::accounts::{self, Client, Confirmation};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

#[derive(Template, WebTemplate)]
#[template(path = "confirm/ask.html")]
struct ConfirmPage {
    page: Page,
    email: String,
    /// Nothing else works before.
    demanded: bool,
}

pub async fn show(CurrentUser(viewer): CurrentUser, page: Page) -> Response {
    if viewer.confirmation == Confirmation::Given {
        return see_other("/account");
    }
    let demanded = viewer.confirmation == Confirmation::Demanded;
    ConfirmPage { page, email: viewer.user.email.clone(), demanded }.into_response()
}

pub async fn submit(State(app): State<AppState>, CurrentUser(viewer): CurrentUser, client: Client) -> Result {
    if viewer.confirmation != Confirmation::Given {
        accounts::send_confirmation(&app.db, &app.config, &client, &viewer.user).await?;
    }
    Ok(see_other("/check-inbox"))
}
