//! Its API: who somebody is, and their diary.
use super::{
    DIARY,
    grants::{self, Grant, Kind},
    json,
};
use crate::web::AppState;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::Response,
};
use serde_json::json;

/// About whoever the token is for (RFC 6750).
pub async fn show(State(app): State<AppState>, headers: HeaderMap) -> Response {
    match granted(&app, &headers) {
        Some(grant) => json(StatusCode::OK, &grant.said.claims()),
        None => json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" })),
    }
}

pub async fn diary(State(app): State<AppState>, headers: HeaderMap) -> Response {
    match granted(&app, &headers) {
        None => json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" })),
        Some(grant) if !grant.allows(DIARY) => json(StatusCode::FORBIDDEN, &json!({ "error": "insufficient_scope" })),
        Some(grant) => json(StatusCode::OK, &json!({ "owner": grant.said.name, "entries": ["Rain all day.", "Read until late."] })),
    }
}

fn granted(app: &AppState, headers: &HeaderMap) -> Option<Grant> {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))?;
    grants::get(app, Kind::Access, token)
}
