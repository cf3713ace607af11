//! The page on which somebody chooses who they are there, and whether to go on.
use super::{
    NAME,
    accounts::{ACCOUNTS, Account, Said},
    callback,
    grants::{self, ACCESS_LASTS, Fault, Grant, Kind},
    issuer,
};
use crate::{
    accounts::people::{self, Filter, Sort},
    db::{Timestamp, paging::Part},
    seal::random_id,
    web::{AppState, Error, Form, Page, Result, headers, query::Query, redirect},
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// What the app asks (RFC 6749, 4.1.1; RFC 7636; OpenID Connect Core 1.0, 3.1.2.1).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    /// Of the form that answers: who they are.
    account: String,
    /// And what happens.
    outcome: String,
}

impl Asked {
    /// Only of one app, and to be sent back to it alone: else this would send anybody anywhere.
    fn check(&self, app: &AppState) -> Result<(), Error> {
        let complaint = match () {
            () if self.client_id != NAME => "The practice provider knows no app of that client_id.",
            () if self.redirect_uri != callback(&app.config) => "The practice provider sends nobody to that redirect_uri.",
            () if self.response_type != "code" => "The practice provider knows the response_type code alone.",
            () if self.code_challenge.len() != 43 || self.code_challenge_method != "S256" => {
                "The practice provider wants a code_challenge of S256."
            }
            () => return Ok(()),
        };
        Err(Error::Refused(StatusCode::BAD_REQUEST, complaint))
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "dev/oauth/authorize.html")]
struct AuthorizePage {
    page: Page,
    asked: Asked,
    accounts: &'static [Account],
    /// Of somebody who has an account at the app, to see what happens then.
    taken: Option<String>,
}

pub async fn show(State(app): State<AppState>, page: Page, Query(asked): Query<Asked>) -> Result {
    asked.check(&app)?;
    let taken = taken_address(&app).await?;
    let mut response = AuthorizePage { page, asked, accounts: &ACCOUNTS, taken }.into_response();
    // Its form is answered by sending the browser back to the app.
    let policy = headers::csp([app.config.base_url.origin().as_str()].into_iter());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Of the newest account that has not come from here.
async fn taken_address(app: &AppState) -> Result<Option<String>> {
    let listed = people::list(&app.db, &Filter::default(), Sort::Created, true, Part::First).await?;
    let is_ours = |email: &str| email.ends_with("@practice.test");
    Ok(listed.people.into_iter().map(|user| user.email).find(|email| !is_ours(email)))
}

pub async fn submit(State(app): State<AppState>, Form(asked): Form<Asked>) -> Result {
    asked.check(&app)?;
    let mut said = Said::truly(&asked.account).ok_or(Error::NotFound)?;
    let (mut fault, mut state) = (Fault::None, asked.state.clone());
    let (mut scope, mut lasts) = (asked.scope, ACCESS_LASTS);
    match asked.outcome.as_str() {
        "allow" => {}
        "deny" => return Ok(back(&app, &asked.state, &[("error", "access_denied")])),
        "unverified" => said.is_verified = false,
        "taken" => said.email = taken_address(&app).await?,
        "taken-unverified" => (said.email, said.is_verified) = (taken_address(&app).await?, false),
        "no-address" => said.email = None,
        "wrong-state" => state = random_id(),
        "slow" => fault = Fault::Slow,
        "server-error" => fault = Fault::ServerError,
        "expired" => fault = Fault::Expired,
        "short" => lasts = Duration::from_secs(5),
        "fewer-scopes" => scope = "openid".to_owned(),
        _ => return Err(Error::NotFound),
    }
    let code = grants::keep(
        &app,
        Kind::Code,
        Grant {
            said,
            redirect_uri: asked.redirect_uri,
            challenge: asked.code_challenge,
            nonce: Some(asked.nonce).filter(|nonce| !nonce.is_empty()),
            scope,
            fault,
            signed_in_at: Timestamp::now(),
            lasts,
        },
    );
    Ok(back(&app, &state, &[("code", &code)]))
}

fn back(app: &AppState, state: &str, answer: &[(&str, &str)]) -> Response {
    let mut url = Url::parse(&callback(&app.config)).expect("BASE_URL is a URL");
    url.query_pairs_mut().append_pair("state", state).append_pair("iss", &issuer(&app.config)).extend_pairs(answer);
    redirect::to_provider(&url)
}
