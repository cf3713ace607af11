//! A provider's API, called for whoever granted that: with a token that holds, fetched anew where it has to be.
use super::{
    Failure, Grants, Profile, Provider,
    http::within_limit,
    tokens::{Owner, StorageError, TokenSet},
};
use oauth2::{
    AccessToken, HttpRequest, HttpResponse,
    http::{Method, Request, header},
};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
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
    /// Nothing that it accepts is kept: the person has to connect it again. Names the provider.
    #[error("{0} has to be connected again")]
    Reconnect(String),
    /// Names the provider as people know it.
    #[error("{label}: {failure}")]
    Provider { label: String, failure: Failure },
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

    /// As they are kept. None: nothing was granted, or it has ended.
    pub async fn tokens(&self) -> Result<Option<TokenSet>, ApiError> {
        Ok(self.grants.storage().get(&self.owner).await?)
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

    /// `path` begins with a slash.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.json(Method::GET, path, Vec::new()).await
    }

    /// JSON there and back.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| StorageError::Other(error.into()))?;
        self.json(Method::POST, path, body).await
    }

    async fn json<T: DeserializeOwned>(&self, method: Method, path: &str, body: Vec<u8>) -> Result<T, ApiError> {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        let response = self.send(request.map_err(|_| self.failed(Failure::odd("an address that cannot be asked")))?).await?;
        let path = path.split('?').next().unwrap_or_default();
        if !response.status().is_success() {
            return Err(self.failed(Failure::odd(format!("{} from {path}", response.status()))));
        }
        // Without what serde says, which quotes the body.
        serde_json::from_slice(response.body()).map_err(|_| self.failed(Failure::odd(format!("no fitting JSON from {path}"))))
    }

    /// Any request whose address is a path; the token is added. Whatever the API answers is an answer, but for 401: then what was
    /// granted has ended.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ApiError> {
        let (mut parts, body) = request.into_parts();
        parts.uri = self.url(&parts.uri.to_string()).and_then(|url| url.as_str().parse().ok()).ok_or_else(|| {
            self.failed(Failure::odd("no address of its API: a path begins with a slash, and Api::at says where, if its file does not"))
        })?;
        let request = Request::from_parts(parts, body);
        let http = &self.provider.http;
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
        (url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'))).then_some(url)
    }

    /// Once more where the token is refused before its time, with a new one.
    async fn ask<T, F>(&self, call: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let call = |tokens: &TokenSet| within_limit(call(AccessToken::new(tokens.access_token.expose_secret().to_owned())));
        let tokens = self.usable(None).await?;
        let answer = match call(&tokens).await {
            Err(Failure::Refused) => call(&self.usable(Some(&tokens)).await?).await,
            answer => answer,
        };
        answer.map_err(|failure| self.failed(failure))
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
        ApiError::Provider { label: self.provider.label.clone(), failure }
    }
}
