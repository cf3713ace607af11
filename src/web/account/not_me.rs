//! Behind the link of a notice about a new device: its owner says that it was somebody else.
use crate::{
    accounts::{self, Client, Token},
    web::{AppState, Flash, Page, Result, done, flash::Kind, redirect::see_other},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::IntoResponse,
};

#[derive(Template, WebTemplate)]
#[template(path = "account/not_me.html")]
struct NotMePage {
    page: Page,
    username: String,
}

pub async fn show(State(app): State<AppState>, Path(token): Path<String>, page: Page) -> Result {
    let user = accounts::find_not_me(&app.db, &Token::parse(&token)).await?;
    Ok(NotMePage { page, username: user.username }.into_response())
}

pub async fn submit(State(app): State<AppState>, Path(token): Path<String>, client: Client) -> Result {
    if accounts::not_me(&app.db, &app.config, &client, &Token::parse(&token)).await? {
        return Ok(done(
            "/check-inbox",
            "That browser is signed out. We sent a link to set a new password: use it now, since the old one goes on working until then.",
        ));
    }
    let text = "That browser is signed out, but the account has another address by now. To take it back, use the link of our other mail, about the change of your address.";
    Ok(Flash::new(Kind::Warning, text).on(see_other("/check-inbox")))
}
