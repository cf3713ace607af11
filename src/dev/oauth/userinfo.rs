use super::{
    grants::{self, Kind},
    json,
};
use axum::{
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::Response,
};
use serde_json::json;

/// About whoever the token is for (RFC 6750).
pub async fn show(headers: HeaderMap) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match token.and_then(|token| grants::get(Kind::Access, token)) {
        Some(grant) => json(StatusCode::OK, &grant.said.claims()),
        None => json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" })),
    }
}
