//! What they answer, to browsers and to the app.
use super::{
    Issuer, Manners, SECRET,
    id_token::key,
    tokens::{accepts, hand_out, refresh},
};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::PrivateSigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io::Write,
    process::{Command, Stdio},
};
use url::Url;

pub(super) fn router() -> Router<Issuer> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discover))
        .route("/authorize", get(authorize))
        .route("/page", get(page))
        .route("/jwks", get(keys))
        .route("/token", post(exchange))
        .route("/userinfo", get(userinfo))
        .route("/notes", get(notes).post(echo))
        .route("/revoke", post(revoke))
}

/// Of another host.
pub(super) fn elsewhere() -> Router<Issuer> {
    Router::new().route("/page", get(page))
}

async fn discover(State(issuer): State<Issuer>) -> impl IntoResponse {
    issuer.shared().discoveries += 1;
    let methods = if issuer.manners.post { ["client_secret_post"] } else { ["client_secret_basic"] };
    axum_json(json!({
        "issuer": issuer.url,
        "authorization_endpoint": issuer.at("authorize"),
        "token_endpoint": issuer.at("token"),
        "userinfo_endpoint": issuer.at("userinfo"),
        "jwks_uri": issuer.at("jwks"),
        "revocation_endpoint": issuer.at("revoke"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // Some name what nobody should use.
        "id_token_signing_alg_values_supported": ["HS256", "none", issuer.manners.algorithm],
        "token_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": issuer.manners.names_itself,
    }))
}

async fn authorize(State(issuer): State<Issuer>, uri: Uri) -> axum::response::Response {
    let to = issuer.shared().through.clone();
    match to {
        Some(origin) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{origin}/page?{}", uri.query().unwrap()))]).into_response(),
        None => page(State(issuer), uri).await.into_response(),
    }
}

/// On which somebody agrees by a click.
async fn page(State(issuer): State<Issuer>, uri: Uri) -> impl IntoResponse {
    let asked = format!("http://127.0.0.1/?{}", uri.query().unwrap());
    let back = Url::parse(&asked).unwrap().query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let origin = Url::parse(&back).unwrap().origin().ascii_serialization();
    let href = format!("{origin}{}", issuer.allow(&asked)).replace('&', "&amp;");
    Html(format!("<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1><a href=\"{href}\">Agree</a>"))
}

async fn keys(State(issuer): State<Issuer>) -> impl IntoResponse {
    let kid = issuer.shared().kid.clone();
    axum_json(json!({ "keys": [key(&kid).as_verification_key()] }))
}

async fn userinfo(State(issuer): State<Issuer>, headers: HeaderMap) -> axum::response::Response {
    let claims = issuer.shared().claims.clone();
    if accepts(&issuer, &headers) { axum_json(claims).into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

/// Of its API.
async fn notes(State(issuer): State<Issuer>, headers: HeaderMap) -> axum::response::Response {
    if accepts(&issuer, &headers) { axum_json(json!(["a note"])).into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn echo(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> axum::response::Response {
    if accepts(&issuer, &headers) { body.into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn revoke(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> axum::response::Response {
    let form = form_of(&headers, &body);
    issuer.shared().revocations.push(form);
    let answer = issuer.shared().answer.take();
    answer.map_or_else(|| StatusCode::OK.into_response(), |answer| answer())
}

fn form_of(headers: &HeaderMap, body: &str) -> HashMap<String, String> {
    let mut form: HashMap<String, String> = serde_html_form::from_str(body).unwrap();
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        form.insert("basic".to_owned(), basic.to_str().unwrap().to_owned());
    }
    form
}

async fn exchange(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> axum::response::Response {
    let form = form_of(&headers, &body);
    issuer.shared().exchanges.push(form.clone());
    if issuer.shared().hangs {
        let _waiting = Waiting::of(&issuer);
        std::future::pending::<()>().await;
    }
    if let Some(answer) = issuer.shared().answer.take() {
        return answer();
    }
    if form["grant_type"] == "refresh_token" {
        return refresh(&issuer, &form).await;
    }
    let asked = issuer.shared().codes.remove(form.get("code").unwrap_or(&String::new()));
    let Some(asked) = asked.filter(|asked| is_good(&issuer.manners, asked, &form)) else {
        return (StatusCode::BAD_REQUEST, axum_json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let id_token = issuer.id_token(&asked);
    let mut tokens = match &mut issuer.shared().handed_out {
        Some(handed_out) => hand_out(handed_out),
        None => json!({ "access_token": "access-token", "token_type": "Bearer", "expires_in": 3600 }),
    };
    tokens["id_token"] = id_token.into();
    let padding = issuer.shared().padding;
    let packs = issuer.shared().packs;
    let text = format!("{tokens}{}", " ".repeat(padding));
    if packs { packed(text) } else { ([(header::CONTENT_TYPE, "application/json")], text).into_response() }
}

fn packed(text: String) -> axum::response::Response {
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = gzip.stdin.take().unwrap();
    std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let body = gzip.wait_with_output().unwrap().stdout;
    ([(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")], body).into_response()
}

/// One more who waits, until they give up.
struct Waiting(Issuer);

impl Waiting {
    fn of(issuer: &Issuer) -> Self {
        let mut shared = issuer.shared();
        shared.at_once += 1;
        shared.most_at_once = shared.most_at_once.max(shared.at_once);
        Self(issuer.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.shared().at_once -= 1;
    }
}

fn is_good(manners: &Manners, asked: &HashMap<String, String>, form: &HashMap<String, String>) -> bool {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(form.get("code_verifier").map(String::as_str).unwrap_or_default()));
    let shown = match form.get("basic") {
        Some(basic) => !manners.post && basic.starts_with("Basic "),
        None => manners.post && form.get("client_secret").is_some_and(|secret| secret == SECRET),
    };
    shown && asked.get("code_challenge") == Some(&challenge) && asked.get("redirect_uri") == form.get("redirect_uri")
}

pub(super) fn axum_json(value: Value) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(value.to_string()))
}
