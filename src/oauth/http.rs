//! The one way to providers. Whatever they are, they get no redirect followed, ten seconds, one megabyte and sixteen calls at once.
use super::Failure;
use crate::config::{Build, oauth::is_safe};
use oauth2::{
    AccessToken, AsyncHttpClient, HttpRequest, HttpResponse,
    http::{HeaderValue, Request, Response, StatusCode, header, request::Builder},
};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{pin::Pin, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use url::Url;

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// For one call, and for all that one request of a visitor asks.
pub const LIMIT: Duration = Duration::from_secs(10);
/// For others to end. Afterwards nothing is sent: what was sent is not given up before its own ten seconds.
const QUEUE_LIMIT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1024 * 1024;
const IN_FLIGHT: usize = 16;

/// Calls to one provider.
pub struct Http {
    client: reqwest::Client,
    in_flight: Semaphore,
    /// Of these, what people do who are signed in: the others are left to those who sign in.
    beside: Semaphore,
}

impl Http {
    /// A provider on this machine is asked without the proxy that the environment may name.
    pub fn new(is_here: bool) -> reqwest::Result<Self> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_LIMIT).timeout(LIMIT);
        // GitHub answers nobody who does not say who they are.
        let client = client.user_agent(crate::config::PACKAGE);
        let client = if is_here { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, in_flight: Semaphore::new(IN_FLIGHT), beside: Semaphore::new(IN_FLIGHT / 2) })
    }

    /// To be held during a call that no sign-in waits for.
    pub async fn beside_sign_ins(&self) -> Result<SemaphorePermit<'_>, Failure> {
        queue(&self.beside).await
    }

    /// A server that says of itself that it fails is as good as away. Of a body that is too long nothing is kept, and no error holds
    /// any of it: it may be tokens.
    pub async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let _permit = queue(&self.in_flight).await?;
        let request = reqwest::Request::try_from(request).map_err(|_| Failure::odd("an address that cannot be asked"))?;
        if !is_safe(request.url(), Build::CURRENT) {
            return Err(Failure::odd(format!("{} does not start with https://", request.url().origin().ascii_serialization())));
        }
        let mut answer = self.client.execute(request).await.map_err(Failure::from)?;
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        if status.is_server_error() {
            return Err(Failure::Away(format!("it answers {status}")));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Failure::from)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(Failure::odd("an answer of more than a megabyte"));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }

    /// JSON that belongs to whoever the token is for.
    pub async fn get<T: DeserializeOwned>(&self, url: &Url, token: &AccessToken) -> Result<T, Failure> {
        let response = self.ask_as(token, request(Request::get(url.as_str()).header(header::ACCEPT, JSON), Vec::new())?).await?;
        if response.status() != StatusCode::OK {
            return Err(Failure::odd(format!("{} from {}{}", response.status(), url.host_str().unwrap_or_default(), url.path())));
        }
        // Without what serde says, which quotes the body.
        serde_json::from_slice(response.body()).map_err(|_| Failure::odd(format!("no fitting JSON from {}", url.path())))
    }

    /// For whoever the token is for (RFC 6750). [`Failure::Refused`]: it is not accepted.
    pub async fn ask_as(&self, token: &AccessToken, mut request: HttpRequest) -> Result<HttpResponse, Failure> {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret()));
        let mut bearer = bearer.map_err(|_| Failure::odd("a token that is no text"))?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let response = self.ask(request).await?;
        if response.status() == StatusCode::UNAUTHORIZED { Err(Failure::Refused) } else { Ok(response) }
    }
}

async fn queue(semaphore: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
    let permit = timeout(QUEUE_LIMIT, semaphore.acquire()).await;
    Ok(permit.map_err(|_| Failure::Away("too many calls are under way".to_owned()))?.expect("it is never closed"))
}

pub const JSON: &str = "application/json";

pub fn request(head: Builder, body: Vec<u8>) -> Result<HttpRequest, Failure> {
    head.body(body).map_err(|_| Failure::odd("an address that cannot be asked"))
}

/// However many calls it takes.
pub async fn within_limit<T, E: From<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    timeout(LIMIT, work).await.unwrap_or_else(|_| Err(Failure::Away("no answer in ten seconds".to_owned()).into()))
}

/// What the crates call.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async { self.ask(request).await.map(|answer| answer.map(with_plain_expiry)) })
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Away(crate::causes::told(&anyhow::Error::from(error.without_url())))
    }
}

/// Some write `expires_in` as text, as Microsoft once did, or as nonsense: no reason to lose tokens that are handed out once.
fn with_plain_expiry(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(&body) else { return body };
    let Some(said) = fields.remove("expires_in").filter(|said| !said.is_u64()) else { return body };
    if let Some(seconds) = said.as_str().and_then(|text| text.parse::<u64>().ok()) {
        fields.insert("expires_in".to_owned(), seconds.into());
    }
    serde_json::to_vec(&fields).unwrap_or(body)
}
