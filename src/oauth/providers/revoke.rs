//! Ending what was granted, by the standard.
use super::{Failure, Http};
use crate::oauth::{http::request, tokens::TokenSet};
use base64::{Engine, prelude::BASE64_STANDARD};
use oauth2::{
    AuthType, HttpRequest,
    http::{HeaderValue, Request, StatusCode, header},
};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

/// By which a provider knows the app.
pub struct Credentials<'a> {
    pub client_id: &'a str,
    pub client_secret: &'a SecretString,
}

impl Credentials<'_> {
    /// RFC 6749, 2.3.1. Nothing prints it.
    pub fn basic(&self) -> HeaderValue {
        let escape = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let both = format!("{}:{}", escape(self.client_id), escape(self.client_secret.expose_secret()));
        let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(both))).expect("base64 is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

/// The refresh token, which takes the others with it, or the only one that there is (RFC 7009). A token that the provider does not
/// know has ended.
pub(super) async fn by_rfc_7009(
    http: &Http,
    url: &Url,
    authentication: &AuthType,
    app: &Credentials<'_>,
    tokens: &TokenSet,
) -> Result<(), Failure> {
    let answer = http.ask(revocation(url, authentication, app, tokens)?).await?;
    let is_unknown = || serde_json::from_slice::<serde_json::Value>(answer.body()).is_ok_and(|body| body["error"] == "invalid_token");
    match answer.status() {
        StatusCode::OK => Ok(()),
        // Google's way.
        StatusCode::BAD_REQUEST if is_unknown() => Ok(()),
        status => Err(Failure::odd(format!("{status} to a revocation"))),
    }
}

fn revocation(url: &Url, authentication: &AuthType, app: &Credentials<'_>, tokens: &TokenSet) -> Result<HttpRequest, Failure> {
    let (token, hint) = match &tokens.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&tokens.access_token, "access_token"),
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token.expose_secret()).append_pair("token_type_hint", hint);
    let mut head = Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match authentication {
        AuthType::BasicAuth => head = head.header(header::AUTHORIZATION, app.basic()),
        _ => drop(form.append_pair("client_id", app.client_id).append_pair("client_secret", app.client_secret.expose_secret())),
    }
    request(head, form.finish().into_bytes())
}
