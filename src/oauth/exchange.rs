//! A code becomes tokens, and these say who came.
use super::{
    Failure, Provider,
    providers::{Endpoints, Granted},
};
use crate::{accounts::identities::Claim, config::Config, db::Timestamp};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardErrorResponse, StandardRevocableToken, StandardTokenIntrospectionResponse,
    StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// What the code has to fit.
pub(super) struct Expected<'a> {
    pub verifier: &'a str,
    pub nonce: &'a str,
    /// Whether somebody has to have signed in there since then.
    pub since: Option<Timestamp>,
}

pub(super) async fn claim(
    config: &Config,
    provider: &Provider,
    endpoints: &Endpoints,
    code: &str,
    expected: &Expected<'_>,
) -> Result<Claim, Failure> {
    let client = client(config, provider, endpoints);
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(expected.verifier.to_owned()));
    let tokens = request.request_async(&provider.http).await.map_err(|error| match error {
        RequestTokenError::Request(failure) => failure,
        // The description is left out, as is a body that could not be read: either may hold what was sent.
        RequestTokenError::ServerResponse(response) => Failure::odd(format!("to the code: {}", word(response.error()))),
        _ => Failure::odd("to the code with something else than tokens"),
    })?;
    let granted = Granted {
        access_token: tokens.access_token(),
        id_token: tokens.extra_fields().id_token.as_deref(),
        client_id: &provider.client_id,
        nonce: expected.nonce,
        since: expected.since,
    };
    provider.claim(provider.strategy.identify(&provider.http, &granted).await?)
}

/// Of an error that has no name in RFC 6749 nothing is repeated.
fn word(error: &BasicErrorResponseType) -> &str {
    match error {
        BasicErrorResponseType::Extension(_) => "an error of its own",
        error => error.as_ref(),
    }
}

type Client = oauth2::Client<
    StandardErrorResponse<BasicErrorResponseType>,
    StandardTokenResponse<IdToken, BasicTokenType>,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What OpenID Connect adds to the tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

/// The app as the provider knows it, which sends everybody back to one address.
pub(super) fn client(config: &Config, provider: &Provider, endpoints: &Endpoints) -> Client {
    oauth2::Client::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(provider.client_secret.expose_secret().to_owned()))
        .set_auth_type(endpoints.authentication.clone())
        .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
        .set_redirect_uri(RedirectUrl::new(provider.callback(config)).expect("BASE_URL is a URL"))
}
