//! A code becomes tokens, which say who came; and old tokens become new ones.
use super::{
    Failure, Provider,
    providers::{Endpoints, Granted, OpenId},
    tokens::TokenSet,
};
use crate::{accounts::identities::Claim, config::Config, db::Timestamp};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardErrorResponse, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What the code has to fit.
pub(super) struct Expected<'a> {
    pub verifier: &'a str,
    pub nonce: &'a str,
    /// Whether somebody has to have signed in there since then.
    pub since: Option<Timestamp>,
    /// What was asked for: where the answer names no scopes, it grants these (RFC 6749, 5.1).
    pub scopes: &'a [String],
}

/// Who came, and what the app may do for them there.
pub(super) async fn exchange(
    config: &Config,
    provider: &Provider,
    endpoints: &Endpoints,
    code: &str,
    expected: &Expected<'_>,
) -> Result<(Claim, TokenSet), Failure> {
    let client = client(config, provider, endpoints);
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(expected.verifier.to_owned()));
    let tokens = request.request_async(&provider.http).await.map_err(|error| failure(error, "the code"))?;
    let granted = Granted {
        access_token: tokens.access_token(),
        id_token: tokens.extra_fields().id_token.as_deref(),
        client_id: &provider.client_id,
        nonce: expected.nonce,
        since: expected.since,
    };
    let claim = provider.claim(provider.strategy.identify(&provider.http, &granted).await?)?;
    Ok((claim, token_set(&tokens, expected.scopes)?))
}

/// New tokens for `old`, whose refresh token may be used up by that. [`Failure::Refused`]: what was granted has ended. `subject` is
/// whose they are: those of somebody else are refused (OpenID Connect Core 1.0, 12.2).
pub(super) async fn refresh(config: &Config, provider: &Provider, old: &TokenSet, subject: Option<&str>) -> Result<TokenSet, Failure> {
    let refresh_token = old.refresh_token.as_ref().ok_or(Failure::Refused)?;
    let client = client(config, provider, &provider.endpoints().await?);
    let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
    let request = client.exchange_refresh_token(&refresh_token).request_async(&provider.http);
    let tokens = request.await.map_err(|error| if has_ended(&error) { Failure::Refused } else { failure(error, "the refresh token") })?;
    let said = tokens.extra_fields().id_token.as_deref().and_then(OpenId::subject_of);
    if subject.is_some() && said.is_some() && said.as_deref() != subject {
        return Err(Failure::odd("to the refresh token with tokens of somebody else"));
    }
    Ok(token_set(&tokens, &old.scopes)?.succeeding(old))
}

type TokenError = RequestTokenError<Failure, StandardErrorResponse<BasicErrorResponseType>>;

/// The description is left out, as is a body that could not be read: either may hold what was sent.
fn failure(error: TokenError, to: &str) -> Failure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(response) => Failure::odd(format!("to {to}: {}", word(response.error()))),
        _ => Failure::odd(format!("to {to} with something else than tokens")),
    }
}

/// Some say so with a status of success.
fn has_ended(error: &TokenError) -> bool {
    match error {
        RequestTokenError::ServerResponse(response) => *response.error() == BasicErrorResponseType::InvalidGrant,
        RequestTokenError::Parse(_, body) => serde_json::from_slice::<Value>(body)
            .is_ok_and(|body| ["invalid_grant", "bad_refresh_token"].iter().any(|error| body["error"] == *error)),
        _ => false,
    }
}

/// Refuses what no request could carry.
fn token_set(tokens: &Tokens, asked: &[String]) -> Result<TokenSet, Failure> {
    // Nothing that was granted today is to be used in so long, and no clock gets there.
    const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    let is_token = |token: &str| (1..=16 * 1024).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    let (access, refresh) = (tokens.access_token().secret(), tokens.refresh_token().map(RefreshToken::secret));
    if *tokens.token_type() != BasicTokenType::Bearer || ![Some(access), refresh].into_iter().flatten().all(|token| is_token(token)) {
        return Err(Failure::odd("with tokens that cannot be used: no bearer tokens, too long, or no plain text"));
    }
    let now = Timestamp::now();
    let expires_in = tokens.expires_in().filter(|expires_in| !expires_in.is_zero());
    Ok(TokenSet {
        access_token: access.clone().into(),
        refresh_token: refresh.map(|token| token.clone().into()),
        scopes: tokens.scopes().map_or_else(|| asked.to_vec(), |scopes| split(scopes)),
        obtained_at: now,
        expires_at: expires_in.map(|expires_in| now.after(expires_in.min(LONGEST))),
    })
}

/// GitHub puts commas between them. What no scope looks like (RFC 6749, 3.3) is left out, and of too many the rest.
fn split(scopes: &[Scope]) -> Vec<String> {
    let is_scope =
        |scope: &&str| (1..=128).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
    scopes.iter().flat_map(|scope| scope.split(',')).filter(is_scope).take(100).map(str::to_owned).collect()
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
    Tokens,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

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
