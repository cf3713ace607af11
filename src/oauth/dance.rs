//! There and back: a browser is sent to a provider with a state, and comes back with a code. What RFC 9700 asks for holds for every
//! provider: PKCE with S256, a state and a nonce of each attempt, one address to come back to.
use super::{
    Error, Failure, Grants, Intent, Provider, Result,
    attempts::{self, New},
    exchange::{self, Expected},
    grants::Asked,
    http::within_limit,
    providers::Endpoints,
    tokens::TokenSet,
};
use crate::{
    accounts::{
        Client, Viewer,
        identities::Claim,
        throttle::{self, Whom, limits},
    },
    config::Config,
    db::Db,
    seal::BrowserId,
};
use oauth2::{CsrfToken, PkceCodeChallenge, Scope};
use serde::{Deserialize, Serialize};
use url::Url;

/// What somebody sets out for.
pub struct Start<'a> {
    pub intent: Intent,
    /// Who is signed in, where it is for them.
    pub viewer: Option<&'a Viewer>,
    /// Where it leads in the end.
    pub next: String,
    /// What is asked for besides the scopes of the settings: what was granted before, so that none of it is lost.
    pub scopes: Vec<String>,
    /// And the one that it is for.
    pub need: Option<String>,
}

impl<'a> Start<'a> {
    pub fn new(intent: Intent, viewer: Option<&'a Viewer>) -> Self {
        Self { intent, viewer, next: String::new(), scopes: Vec::new(), need: None }
    }
}

/// What only the way back needs.
#[derive(Serialize, Deserialize)]
struct Sealed {
    verifier: String,
    nonce: String,
    next: String,
    /// What was asked for.
    #[serde(default)]
    scopes: Vec<String>,
    need: Option<String>,
}

/// Where to send the browser.
pub async fn begin(db: &Db, config: &Config, visitor: &Client, provider: &Provider, browser: &BrowserId, start: Start<'_>) -> Result<Url> {
    throttle::take(db, config, [limits::OAUTH.on([Whom::Client(visitor.network())])]).await?;
    if start.intent == Intent::Verify && !provider.proves_presence() {
        return Err(Failure::NoProof.into());
    }
    let endpoints = within_limit(provider.endpoints()).await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let nonce = CsrfToken::new_random_len(32).into_secret();
    let client = exchange::client(config, provider, &endpoints);
    let mut request = client.authorize_url(|| CsrfToken::new_random_len(32)).set_pkce_challenge(challenge);
    let scopes = scopes(provider, &endpoints, start.scopes.into_iter().chain(start.need.clone()));
    request = request.add_scopes(scopes.iter().cloned().map(Scope::new));
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
    let new = New { provider: &provider.name, intent: Some(start.intent), browser, by };
    let sealed = Sealed { verifier: verifier.into_secret(), nonce, next: start.next, scopes, need: start.need };
    attempts::insert(db, config, state.secret(), new, &sealed).await?;
    Ok(url)
}

/// No id_token comes without `openid`.
fn scopes(provider: &Provider, endpoints: &Endpoints, more: impl Iterator<Item = String>) -> Vec<String> {
    let mut scopes = provider.scopes.clone();
    if endpoints.is_openid && !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
    }
    for scope in more {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
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
    /// What the app may do there from now on.
    pub(super) tokens: TokenSet,
    pub next: String,
    /// What it was for.
    need: Option<String>,
    /// Known by its cookie, in which a stranger's identity has to wait.
    pub browser: BrowserId,
    user_id: Option<i64>,
    session: Option<String>,
}

impl Return {
    /// What was granted, once it is clear whose it is.
    pub async fn keep(&self, grants: &Grants) {
        let asked = if self.need.is_some() { Asked::More } else { Asked::Usual };
        grants.keep(&self.claim, &self.tokens, asked).await;
    }

    /// What it was for, where the provider did not grant that.
    pub fn denied(&self) -> Option<&str> {
        self.need.as_deref().filter(|scope| !self.tokens.allows(scope))
    }

    /// Whether `viewer` is who set out, in the session that they had: somebody else may have signed in meanwhile.
    pub fn is_of(&self, viewer: &Viewer) -> bool {
        self.user_id == Some(viewer.user.id) && self.session.as_deref() == Some(&viewer.session.public_id)
    }
}

/// Nobody came, and this is what they had set out for, where that is known.
pub struct Lost {
    pub error: Error,
    pub intent: Option<Intent>,
    pub next: String,
    pub need: Option<String>,
}

impl<E: Into<Error>> From<E> for Lost {
    fn from(error: E) -> Self {
        Self { error: error.into(), intent: None, next: String::new(), need: None }
    }
}

/// Whatever comes of it, the attempt is used up.
pub async fn come_back(
    db: &Db,
    config: &Config,
    visitor: &Client,
    provider: &Provider,
    browser: Option<BrowserId>,
    answer: &Answer,
) -> Result<Return, Lost> {
    throttle::take(db, config, [limits::OAUTH.on([Whom::Client(visitor.network())])]).await?;
    let browser = browser.ok_or(Error::Stale)?;
    let attempt = attempts::consume::<Sealed>(db, config, &provider.name, &browser, &answer.state).await?;
    let (intent, Sealed { verifier, nonce, next, scopes, need }) = (attempt.intent, attempt.sealed);
    let since = (intent == Intent::Verify).then_some(attempt.created_at);
    let expected = Expected { verifier: &verifier, nonce: &nonce, since, scopes: &scopes };
    match within_limit(exchange(config, provider, answer, &expected)).await {
        Ok((claim, tokens)) => {
            Ok(Return { intent, claim, tokens, need, next, browser, user_id: attempt.user_id, session: attempt.session })
        }
        Err(error) => Err(Lost { error, intent: Some(intent), next, need }),
    }
}

async fn exchange(config: &Config, provider: &Provider, answer: &Answer, expected: &Expected<'_>) -> Result<(Claim, TokenSet)> {
    let endpoints = provider.endpoints().await?;
    // Else the code of another provider could be brought here, to be sent to this one.
    match &answer.iss {
        Some(named) if *named != provider.issuer => return Err(Failure::odd("under the name of another provider (iss)").into()),
        None if endpoints.names_itself => return Err(Failure::odd("without its name (iss)").into()),
        _ => {}
    }
    match answer.error.as_str() {
        "" if !answer.code.is_empty() => Ok(exchange::exchange(config, provider, &endpoints, &answer.code, expected).await?),
        "access_denied" => Err(Error::Cancelled),
        "" => Err(Failure::odd("without a code").into()),
        _ => Err(Failure::odd("with an error").into()),
    }
}
