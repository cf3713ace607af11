//! There and back: a browser is sent to a provider with a state, comes back with a code, and that is exchanged for who came. What
//! RFC 9700 asks for holds for every provider: PKCE with S256, a state and a nonce of each attempt, one address to come back to.
use super::{
    Browser, Error, Failure, Intent, Provider, Result,
    attempts::{self, New},
    http::within_limit,
    providers::{ClientAuthentication, Endpoints, Granted},
};
use crate::{
    accounts::{
        Client, Viewer,
        identities::Claim,
        throttle::{self, Whom, limits},
    },
    config::Config,
    db::{Db, Timestamp},
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointNotSet, EndpointSet,
    ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardRevocableToken, StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenType},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;

/// What somebody sets out for.
pub struct Start<'a> {
    pub intent: Intent,
    /// Who is signed in, where it is for them.
    pub viewer: Option<&'a Viewer>,
    /// Where it leads in the end.
    pub next: String,
}

/// What only the way back needs.
#[derive(Serialize, Deserialize)]
struct Sealed {
    verifier: String,
    nonce: String,
    next: String,
}

/// Where to send the browser.
pub async fn begin(db: &Db, config: &Config, client: &Client, provider: &Provider, browser: &Browser, start: Start<'_>) -> Result<Url> {
    throttle::take(db, config, [limits::OAUTH.on([Whom::Client(client.network())])]).await?;
    if start.intent == Intent::Verify && !provider.proves_presence() {
        return Err(Failure::NoProof.into());
    }
    let endpoints = within_limit(provider.endpoints()).await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random_len(32).into_secret();
    let client = oauth_client(config, provider, &endpoints);
    let request = client.authorize_url(|| CsrfToken::new_random_len(32)).set_pkce_challenge(challenge);
    let mut request = request.add_scopes(scopes(provider, &endpoints));
    for (name, value) in provider.parameters {
        request = request.add_extra_param(*name, *value);
    }
    if endpoints.is_openid {
        request = request.add_extra_param("nonce", nonce.clone());
    }
    if start.intent == Intent::Verify {
        request = request.add_extra_param("max_age", "0");
    }
    let (url, state) = request.url();
    let by = start.viewer.map(|viewer| (viewer.user.id, viewer.session.public_id.clone()));
    let new = New { provider: &provider.name, intent: start.intent, browser, by };
    let sealed = Sealed { verifier: verifier.into_secret(), nonce, next: start.next };
    attempts::insert(db, config, state.secret(), new, &sealed).await?;
    Ok(url)
}

/// No id_token comes without `openid`.
fn scopes(provider: &Provider, endpoints: &Endpoints) -> impl Iterator<Item = Scope> {
    let missing = endpoints.is_openid && !provider.scopes.iter().any(|scope| scope == "openid");
    missing.then(|| "openid".to_owned()).into_iter().chain(provider.scopes.clone()).map(Scope::new)
}

/// The query with which a browser comes back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    pub state: String,
    pub code: String,
    pub error: String,
    /// RFC 9207.
    pub iss: Option<String>,
}

/// Somebody is back.
pub struct Return {
    pub intent: Intent,
    pub claim: Claim,
    pub next: String,
    user_id: Option<i64>,
    session: Option<String>,
}

impl Return {
    /// Whether `viewer` is who set out, in the session that they had: somebody else may have signed in meanwhile.
    pub fn is_of(&self, viewer: &Viewer) -> bool {
        self.user_id == Some(viewer.user.id) && self.session.as_deref() == Some(&viewer.session.public_id)
    }
}

/// Whatever comes of it, the attempt is used up.
pub struct Outcome {
    /// None: it was none of this browser.
    pub intent: Option<Intent>,
    pub result: Result<Return>,
}

pub async fn come_back(
    db: &Db,
    config: &Config,
    client: &Client,
    provider: &Provider,
    browser: Option<&Browser>,
    answer: &Answer,
) -> Result<Outcome> {
    throttle::take(db, config, [limits::OAUTH.on([Whom::Client(client.network())])]).await?;
    let attempt = match browser {
        Some(browser) => attempts::consume::<Sealed>(db, config, &provider.name, browser, &answer.state).await,
        None => Err(Error::Stale),
    };
    let attempt = match attempt {
        Err(error @ Error::Stale) => return Ok(Outcome { intent: None, result: Err(error) }),
        attempt => attempt?,
    };
    let since = (attempt.intent == Intent::Verify).then_some(attempt.created_at);
    let claim = within_limit(claim(config, provider, answer, &attempt.sealed, since)).await;
    let returned = claim.map(|claim| Return {
        intent: attempt.intent,
        claim,
        next: attempt.sealed.next,
        user_id: attempt.user_id,
        session: attempt.session,
    });
    Ok(Outcome { intent: Some(attempt.intent), result: returned })
}

async fn claim(config: &Config, provider: &Provider, answer: &Answer, sealed: &Sealed, since: Option<Timestamp>) -> Result<Claim> {
    let endpoints = provider.endpoints().await?;
    // Else the code of another provider could be brought here, to be sent to this one.
    match &answer.iss {
        Some(named) if *named != provider.issuer => return Err(Failure::odd("under the name of another provider (iss)").into()),
        None if endpoints.names_itself => return Err(Failure::odd("without its name (iss)").into()),
        _ => {}
    }
    match answer.error.as_str() {
        "" if !answer.code.is_empty() => {}
        "access_denied" => return Err(Error::Cancelled),
        "" => return Err(Failure::odd("without a code").into()),
        _ => return Err(Failure::odd("with an error").into()),
    }
    let tokens = exchange(config, provider, &endpoints, answer, sealed).await?;
    let granted = Granted {
        access_token: tokens.access_token(),
        id_token: tokens.extra_fields().id_token.as_deref(),
        client_id: &provider.client_id,
        nonce: &sealed.nonce,
        since,
    };
    Ok(provider.claim(provider.strategy.identify(&provider.http, &granted).await?)?)
}

async fn exchange(
    config: &Config,
    provider: &Provider,
    endpoints: &Endpoints,
    answer: &Answer,
    sealed: &Sealed,
) -> Result<Tokens, Failure> {
    let client = oauth_client(config, provider, endpoints);
    let request = client.exchange_code(AuthorizationCode::new(answer.code.clone()));
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(sealed.verifier.clone()));
    request.request_async(&provider.http).await.map_err(|error| match error {
        RequestTokenError::Request(failure) => failure,
        // The description is left out, as is a body that could not be read: either may hold what was sent.
        RequestTokenError::ServerResponse(response) => Failure::odd(format!("to the code: {}", response.error())),
        _ => Failure::odd("to the code with something else than tokens"),
    })
}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

type OAuthClient = oauth2::Client<
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

/// What OpenID Connect adds to the tokens.
#[derive(Debug, Default, Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

fn oauth_client(config: &Config, provider: &Provider, endpoints: &Endpoints) -> OAuthClient {
    let back = format!("{}/oauth/{}/callback", config.base_url.origin(), provider.name);
    let authentication = match endpoints.authentication {
        ClientAuthentication::Basic => AuthType::BasicAuth,
        ClientAuthentication::Post => AuthType::RequestBody,
    };
    oauth2::Client::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(provider.client_secret.expose_secret().to_owned()))
        .set_auth_type(authentication)
        .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
        .set_redirect_uri(RedirectUrl::new(back).expect("BASE_URL is a URL"))
}
