//! What only a debug build has, for this machine alone: people to sign in as, a provider to practise with, the mail that was sent,
//! and a look at every error page. Without this folder and its lines in `lib.rs`, `web/routes.rs` and `commands/serve.rs` everything else compiles.
mod diary;
mod errors;
mod mail;
pub mod oauth;
mod personas;

pub use errors::STATUSES;

use crate::{
    accounts::{self, personas::Persona},
    web::{AppState, Page, Result, access::loopback, routes::Routes},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

pub fn add_to(routes: Routes) -> Routes {
    oauth::add_to(routes)
        .page("/dev", loopback(), show)
        .action("/dev/personas/{name}", loopback(), personas::sign_in)
        .page("/dev/diary", loopback().connected(oauth::NAME, oauth::DIARY), diary::show)
        .page("/dev/errors/{status}", loopback(), errors::show)
        .page("/dev/mail", loopback(), mail::list)
        .page("/dev/mail/gallery", loopback(), mail::gallery)
        .page("/dev/mail/gallery/{number}", loopback(), mail::sample)
        .page("/dev/mail/gallery/{number}/html", loopback(), mail::sample_html)
        .page("/dev/mail/{id}", loopback(), mail::show)
        .page("/dev/mail/{id}/html", loopback(), mail::html)
}

#[derive(Template, WebTemplate)]
#[template(path = "dev/home.html")]
struct DevPage {
    page: Page,
    personas: Vec<Persona>,
    has_practice: bool,
}

pub async fn show(State(app): State<AppState>, page: Page) -> Result<Response> {
    let has_practice = app.providers.get(oauth::NAME).is_some();
    Ok(DevPage { page, personas: accounts::personas::list(&app.db).await?, has_practice }.into_response())
}
