//! For the app itself: a code becomes tokens, and tokens end.
use super::{
    NAME,
    grants::{self, ACCESS_LASTS, Fault, Grant, Kind},
    issuer, json, keys, secret,
};
use crate::{
    db::Timestamp,
    web::{AppState, Form},
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::DateTime;
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, EmptyExtraTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RefreshToken, Scope,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenFields, CoreTokenResponse, CoreTokenType},
};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
    client_id: String,
    client_secret: String,
}

pub async fn exchange(State(app): State<AppState>, headers: HeaderMap, Form(form): Form<TokenForm>) -> Response {
    if !is_the_app(&app, &headers, &form.client_id, &form.client_secret) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let grant = match form.grant_type.as_str() {
        "authorization_code" => grants::take(&app, Kind::Code, &form.code).filter(|grant| fits(grant, &form)),
        "refresh_token" => grants::take(&app, Kind::Refresh, &form.refresh_token),
        _ => return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    let Some(grant) = grant else { return refused(StatusCode::BAD_REQUEST, "invalid_grant") };
    match grant.fault {
        Fault::Slow => sleep(Duration::from_secs(12)).await,
        Fault::ServerError => return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        Fault::None | Fault::Expired => {}
    }
    json(StatusCode::OK, &tokens(&app, grant))
}

/// Who got hold of a code alone gets nothing for it (RFC 7636, 4.6).
fn fits(grant: &Grant, form: &TokenForm) -> bool {
    let is_verifier = (43..=128).contains(&form.code_verifier.len());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(form.code_verifier.clone()));
    is_verifier && challenge.as_str() == grant.challenge && form.redirect_uri == grant.redirect_uri
}

fn tokens(app: &AppState, grant: Grant) -> CoreTokenResponse {
    let access = AccessToken::new(grants::keep(app, Kind::Access, grant.clone()));
    let fields = CoreIdTokenFields::new(Some(id_token(app, &grant, &access)), EmptyExtraTokenFields {});
    let mut tokens = CoreTokenResponse::new(access, CoreTokenType::Bearer, fields);
    tokens.set_expires_in(Some(&grant.lasts));
    tokens.set_scopes(Some(grant.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned())).collect()));
    tokens.set_refresh_token(Some(RefreshToken::new(grants::keep(app, Kind::Refresh, Grant { fault: Fault::None, ..grant }))));
    tokens
}

fn id_token(app: &AppState, grant: &Grant, access: &AccessToken) -> CoreIdToken {
    let at = |moment: Timestamp| DateTime::from_timestamp_millis(moment.0).unwrap_or_default();
    let now = Timestamp::now();
    let ends = if grant.fault == Fault::Expired { now.before(ACCESS_LASTS) } else { now.after(ACCESS_LASTS) };
    let issuer = IssuerUrl::new(issuer(&app.config)).expect("an address of our own is a URL");
    let audience = vec![Audience::new(NAME.to_owned())];
    let claims = CoreIdTokenClaims::new(issuer, audience, at(ends), at(now), grant.said.claims(), EmptyAdditionalClaims {})
        .set_nonce(grant.nonce.clone().map(Nonce::new))
        .set_auth_time(Some(at(grant.signed_in_at)));
    keys::sign(claims, access)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RevokeForm {
    token: String,
    client_id: String,
    client_secret: String,
}

/// The same answer for a token that nobody knows (RFC 7009, 2.2).
pub async fn revoke(State(app): State<AppState>, headers: HeaderMap, Form(form): Form<RevokeForm>) -> Response {
    if !is_the_app(&app, &headers, &form.client_id, &form.client_secret) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let grant = grants::get(&app, Kind::Refresh, &form.token).or_else(|| grants::get(&app, Kind::Access, &form.token));
    if let Some(grant) = grant {
        grants::take_back(&app, &grant.said.subject);
    }
    json(StatusCode::OK, &json!({}))
}

fn refused(status: StatusCode, error: &str) -> Response {
    json(status, &json!({ "error": error }))
}

/// By a header or by the form (RFC 6749, 2.3.1); its name and secret have no letter that would be escaped.
fn is_the_app(app: &AppState, headers: &HeaderMap, id: &str, secret_in_form: &str) -> bool {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let shown = match header {
        Some(encoded) => BASE64_STANDARD.decode(encoded).unwrap_or_default(),
        None => format!("{id}:{secret_in_form}").into_bytes(),
    };
    shown == format!("{NAME}:{}", secret(&app.config)).into_bytes()
}
