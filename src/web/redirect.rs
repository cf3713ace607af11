//! Where a redirect may go: a path of this app, or the page of a provider that is set up.
use super::{App, AppState, routes};
use crate::config::BaseUrl;
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header::LOCATION, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::convert::Infallible;
use url::Url;

/// A path and query of this app. From a request only by way of [`LocalPath::parse`]; text of our own is `'static`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

/// Encoded into a `next`, it must still fit into an address.
const MAX_BYTES: usize = 2048;

impl LocalPath {
    /// None unless browsers, after all their normalising, would stay on this app and show one of its pages.
    pub fn parse(base_url: &BaseUrl, text: &str) -> Option<Self> {
        let plain = text.len() <= MAX_BYTES && text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let url = base_url.url().join(text).ok().filter(|url| plain && url.origin() == base_url.url().origin())?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        (!url.path().starts_with("//") && routes::is_page(url.path())).then(|| Self(format!("{}{query}", url.path())))
    }

    /// The same for who has just signed in or proved it: pages for guests would only send them on.
    pub fn once_signed_in(base_url: &BaseUrl, text: &str) -> Option<Self> {
        Self::parse(base_url, text).filter(|path| !routes::is_for_guests(path.0.split('?').next().unwrap_or_default()))
    }

    /// Where a form that brought somebody in leads: to `next` where that is such a page, else home.
    pub fn next_or_home(app: &App, next: &str) -> Self {
        Self::once_signed_in(&app.config.base_url, next).unwrap_or("/".into())
    }

    /// The page that a request asked for; None where it asked in characters that no page of ours has.
    pub fn of_request(request: &Request) -> Option<Self> {
        let path = request.uri().path_and_query()?.as_str();
        (path.len() <= MAX_BYTES && path.bytes().all(|byte| byte.is_ascii_graphic()) && !path.starts_with("//"))
            .then(|| Self(path.to_owned()))
    }

    /// `path/id`.
    pub fn numbered(path: &'static str, id: i64) -> Self {
        Self(format!("{path}/{id}"))
    }

    /// A page whose parts in braces are those of `path`, which begins like it. None where that has characters that no page has.
    pub fn filled(page: &'static str, path: &str) -> Option<Self> {
        let parts: Vec<&str> =
            page.split('/').zip(path.split('/')).map(|(own, given)| if own.starts_with('{') { given } else { own }).collect();
        let path = parts.join("/");
        (path.len() <= MAX_BYTES && path.bytes().all(|byte| byte.is_ascii_graphic())).then_some(Self(path))
    }

    /// The page of connections, which says what `next` needs of a provider and leads back there. An empty scope: any will do.
    pub fn of_connections(provider: &str, scope: &str, next: Option<&Self>) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("need", provider);
        let more = [("scope", Some(scope)), ("next", next.map(Self::as_str))];
        for (name, value) in more.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))) {
            query.append_pair(name, value);
        }
        Self(format!("/account/connections?{}", query.finish()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `path?next=<this>`.
    pub fn as_next_of(&self, path: &'static str) -> Self {
        let next = percent_encoding::utf8_percent_encode(&self.0, NEXT);
        Self(format!("{path}?next={next}"))
    }
}

/// The `next` of a query, where it is a page of ours.
pub struct NextPage(pub Option<LocalPath>);

impl NextPage {
    /// For a hidden field; empty where there is none.
    pub fn into_field(self) -> String {
        self.0.map(|next| next.0).unwrap_or_default()
    }
}

impl FromRequestParts<AppState> for NextPage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        #[derive(Deserialize)]
        struct Asked {
            next: String,
        }
        let asked: Option<Asked> = serde_html_form::from_str(parts.uri.query().unwrap_or_default()).ok();
        Ok(Self(asked.and_then(|asked| LocalPath::once_signed_in(&app.config.base_url, &asked.next))))
    }
}

/// What would end or split a query value.
const NEXT: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>');

impl From<&'static str> for LocalPath {
    fn from(path: &'static str) -> Self {
        Self(path.to_owned())
    }
}

/// 303: the browser fetches `path` with GET, and a reload repeats nothing.
pub fn see_other(path: impl Into<LocalPath>) -> Response {
    let location = HeaderValue::from_str(path.into().as_str()).expect("local paths are visible ASCII");
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Off to a provider. Its address is one of settings or discovery, and never of a request.
pub fn to_provider(url: &Url) -> Response {
    let location = HeaderValue::from_str(url.as_str()).expect("URLs are visible ASCII");
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// The same path under the name that cookies belong to.
pub fn to_base_url(base_url: &BaseUrl, path: &str) -> Response {
    match HeaderValue::from_str(&format!("{}{path}", base_url.origin())) {
        Ok(location) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
