//! A provider's API, called for whoever granted that: with a token that holds, fetched anew where it has to be.
use super::{
    Failure, Grants, Profile, Provider,
    http::{JSON, LIMIT, request},
    tokens::{Owner, StorageError, TokenSet},
};
use oauth2::{
    AccessToken, HttpRequest, HttpResponse,
    http::{Request, StatusCode, header},
};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use tokio::time::timeout;
use url::Url;

#[derive(Clone)]
pub struct Api {
    pub(super) grants: Grants,
    pub(super) provider: Arc<Provider>,
    pub(super) owner: Owner,
    base: Option<Url>,
}

/// Why a provider did not do what it was asked to. Holds no token, and nothing that the provider said.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nothing that it accepts is kept: the person has to connect it again. Names the provider as settings do.
    #[error("{0} has to be connected again")]
    Reconnect(String),
    /// It was away, or answered what nobody expects. Named as people know it.
    #[error("{label}: {failure}")]
    Provider { label: String, failure: Failure },
    /// It understood, and refuses: there is no such thing, it is not allowed, or asked for too often.
    #[error("{label}: {status} from {path}")]
    Status { label: String, status: StatusCode, path: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Api {
    pub(super) fn new(grants: Grants, provider: Arc<Provider>, owner: Owner) -> Self {
        let base = provider.strategy.api();
        Self { grants, provider, owner, base }
    }

    /// Where paths begin, for a provider whose file does not say so, or another of its APIs. Whoever answers there gets the token.
    pub fn at(self, base: Url) -> Self {
        Self { base: Some(base), ..self }
    }

    /// The provider, as people know it.
    pub fn label(&self) -> &str {
        &self.provider.label
    }

    /// As they are kept. None: nothing was granted, or it was taken back.
    pub async fn tokens(&self) -> Result<Option<TokenSet>, StorageError> {
        self.grants.storage().get(&self.owner).await
    }

    /// Who it is that granted this, as the provider says at this moment. None where it cannot be asked.
    pub async fn profile(&self) -> Result<Option<Profile>, ApiError> {
        let provider = &*self.provider;
        let profile = self.ask(|token| async move { provider.strategy.profile(&provider.http, &token).await }).await?;
        match (&profile, self.subject()) {
            (Some(profile), Some(subject)) if profile.subject != subject => Err(self.failed(Failure::odd("with somebody else's profile"))),
            _ => Ok(profile),
        }
    }

    /// JSON. `path` begins with a slash.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let head = Request::get(path).header(header::ACCEPT, JSON);
        self.json(request(head, Vec::new()).map_err(|failure| self.failed(failure))?).await
    }

    /// JSON there and back; what is answered empty is null.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| self.failed(Failure::odd(format!("nothing: the body is no JSON: {error}"))))?;
        let head = Request::post(path).header(header::ACCEPT, JSON).header(header::CONTENT_TYPE, JSON);
        self.json(request(head, body).map_err(|failure| self.failed(failure))?).await
    }

    async fn json<T: DeserializeOwned>(&self, request: HttpRequest) -> Result<T, ApiError> {
        let path = request.uri().path().to_owned();
        let response = self.send(request).await?;
        if !response.status().is_success() {
            return Err(ApiError::Status { label: self.label().to_owned(), status: response.status(), path });
        }
        let body = if response.body().is_empty() { b"null" } else { response.body().as_slice() };
        // Without what serde says, which quotes the body.
        serde_json::from_slice(body).map_err(|_| self.failed(Failure::odd(format!("no fitting JSON from {path}"))))
    }

    /// Any request whose address is a path; the token is added. Whatever the API answers is an answer, but for 401: then what was
    /// granted has ended.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ApiError> {
        let (mut parts, body) = request.into_parts();
        parts.uri = self.url(&parts.uri.to_string()).and_then(|url| url.as_str().parse().ok()).ok_or_else(|| {
            self.failed(Failure::odd("no address of its API: a path begins with a slash, and Api::at says where, if its file does not"))
        })?;
        let (http, request) = (&self.provider.http, Request::from_parts(parts, body));
        self.ask(|token| {
            let request = request.clone();
            async move { http.ask_as(&token, request).await }
        })
        .await
    }

    /// Below the base, and nowhere else: a token that was shown to another host is lost.
    fn url(&self, path: &str) -> Option<Url> {
        let base = self.base.as_ref().filter(|_| path.starts_with('/'))?;
        let url = Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/'))).ok()?;
        let is_below = url.path().starts_with(&format!("{}/", base.path().trim_end_matches('/')));
        (url.origin() == base.origin() && is_below).then_some(url)
    }

    /// All of it takes no longer than one call may; new tokens that come too late are kept for the next.
    async fn ask<T, F>(&self, call: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let asked = timeout(LIMIT, self.ask_with_valid_tokens(call)).await;
        asked.unwrap_or_else(|_| Err(self.failed(Failure::Away("no answer in ten seconds".to_owned()))))
    }

    /// Once more where the token is refused before its time, with a new one.
    async fn ask_with_valid_tokens<T, F>(&self, call: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let show = |tokens: &TokenSet| call(AccessToken::new(tokens.access_token.expose_secret().to_owned()));
        let tokens = self.valid_tokens(None).await?;
        let answer = match self.beside_sign_ins(show(&tokens)).await {
            Err(Failure::Refused) => {
                let tokens = self.valid_tokens(Some(&tokens)).await?;
                self.beside_sign_ins(show(&tokens)).await
            }
            answer => answer,
        };
        answer.map_err(|failure| self.failed(failure))
    }

    pub(super) async fn beside_sign_ins<T>(&self, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let _permit = self.provider.http.beside_sign_ins().await?;
        call.await
    }

    pub(super) fn subject(&self) -> Option<&str> {
        match &self.owner {
            Owner::Connection { subject, .. } => Some(subject),
            Owner::Site { .. } => None,
        }
    }

    pub(super) fn reconnect(&self) -> ApiError {
        ApiError::Reconnect(self.provider.name.clone())
    }

    pub(super) fn failed(&self, failure: Failure) -> ApiError {
        ApiError::Provider { label: self.label().to_owned(), failure }
    }
}
