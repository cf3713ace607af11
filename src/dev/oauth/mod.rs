//! A provider to practise with: an authorization server of OAuth 2.1 and OpenID Connect as they are on the internet, at 127.0.0.1,
//! which to browsers is another site than `localhost`. The app talks to it as to any other. Who has an account there is made up,
//! and whatever can go wrong at a provider goes wrong by a button.
mod access;
mod accounts;
mod api;
mod authorize;
mod grants;
mod keys;
mod token;

use crate::{
    config::{Config, ProviderSettings},
    web::{
        AppState,
        access::{loopback, machine},
        routes::Routes,
    },
};
use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    AuthUrl, EmptyAdditionalProviderMetadata, IssuerUrl, JsonWebKeySet, JsonWebKeySetUrl, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
    core::{
        CoreClaimName, CoreClientAuthMethod, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::Serialize;
use url::Url;

pub const NAME: &str = "practice";
/// A scope that nobody is asked for who only signs in.
pub const DIARY: &str = "diary";

pub fn add_to(routes: Routes) -> Routes {
    routes
        .page("/dev/oauth/.well-known/openid-configuration", loopback(), discover)
        .page("/dev/oauth/jwks", loopback(), publish_keys)
        .page("/dev/oauth/authorize", loopback(), authorize::show)
        .post(authorize::submit)
        .action("/dev/oauth/token", machine(), token::exchange)
        .action("/dev/oauth/revoke", machine(), token::revoke)
        .page("/dev/oauth/userinfo", loopback(), api::show)
        .page("/dev/oauth/diary", loopback(), api::diary)
        .page("/dev/oauth/access", loopback(), access::show)
        .post(access::submit)
}

/// Where nobody set up another one, and the app is at this machine.
pub fn offer(config: &mut Config) {
    if config.providers.is_empty() && !config.dev_public && config.base_url.is_loopback() {
        config.providers.push(settings(config));
    }
}

fn settings(config: &Config) -> ProviderSettings {
    ProviderSettings {
        name: NAME.to_owned(),
        client_id: NAME.to_owned(),
        client_secret: secret(config).into(),
        issuer: Some(issuer(config)),
        label: Some("Practice".to_owned()),
        scopes: None,
        trusts_email: Some(true),
        form_origins: Vec::new(),
    }
}

/// Nobody chooses it, and both sides can work it out.
fn secret(config: &Config) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(config.secret_key.mac("practice provider", NAME))
}

fn issuer(config: &Config) -> String {
    format!("http://127.0.0.1:{}/dev/oauth", config.base_url.port())
}

/// Where its API lives.
pub fn api(config: &Config) -> Url {
    Url::parse(&issuer(config)).expect("an address of our own is a URL")
}

/// The one address that it sends anybody back to.
fn callback(config: &Config) -> String {
    format!("{}/oauth/{NAME}/callback", config.base_url.origin())
}

async fn discover(State(app): State<AppState>) -> Response {
    let issuer = issuer(&app.config);
    let at = |path: &str| format!("{issuer}/{path}");
    const OURS: &str = "addresses of our own are URLs";
    let metadata = CoreProviderMetadata::new(
        IssuerUrl::new(issuer.clone()).expect(OURS),
        AuthUrl::new(at("authorize")).expect(OURS),
        JsonWebKeySetUrl::new(at("jwks")).expect(OURS),
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![CoreJwsSigningAlgorithm::EdDsa],
        EmptyAdditionalProviderMetadata {},
    )
    .set_token_endpoint(Some(TokenUrl::new(at("token")).expect(OURS)))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at("userinfo")).expect(OURS)))
    .set_token_endpoint_auth_methods_supported(Some(vec![CoreClientAuthMethod::ClientSecretBasic, CoreClientAuthMethod::ClientSecretPost]))
    .set_scopes_supported(Some(["openid", "email", "profile", "offline_access", DIARY].map(|scope| Scope::new(scope.to_owned())).to_vec()))
    .set_claims_supported(Some(["sub", "email", "email_verified", "name"].map(|claim| CoreClaimName::new(claim.to_owned())).to_vec()));
    let mut metadata = serde_json::to_value(metadata).expect("metadata is JSON");
    // What the crate's type has no field for: RFC 9207, RFC 7636, RFC 7009.
    metadata["authorization_response_iss_parameter_supported"] = true.into();
    metadata["code_challenge_methods_supported"] = ["S256"].into();
    metadata["revocation_endpoint"] = at("revoke").into();
    json(StatusCode::OK, &metadata)
}

async fn publish_keys() -> Response {
    json(StatusCode::OK, &JsonWebKeySet::new(vec![keys::public()]))
}

/// Never kept by anybody on the way (RFC 6749, 5.1).
fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let headers: [(HeaderName, &str); 2] = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, serde_json::to_string(value).expect("our answers are JSON")).into_response()
}
