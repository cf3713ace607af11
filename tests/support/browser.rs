use super::App;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use std::{collections::BTreeMap, net::SocketAddr};
use tower::ServiceExt;

/// Keeps cookies, says where its requests come from, and follows nothing by itself.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request; an empty value takes one of ours away.
    pub headers: BTreeMap<&'static str, String>,
    pub peer: SocketAddr,
}

impl Browser {
    pub fn new(app: &App) -> Self {
        let host = app.state.config.base_url.authority().to_owned();
        let headers =
            BTreeMap::from([("host", host), ("sec-fetch-site", "same-origin".to_owned()), ("user-agent", "Test browser".to_owned())]);
        Self { router: app.router.clone(), cookies: BTreeMap::new(), headers, peer: ([127, 0, 0, 1], 50000).into() }
    }

    /// The same browser, before other routes.
    pub fn through(self, router: Router) -> Self {
        Self { router, ..self }
    }

    /// The same browser, on another instance.
    pub fn moved_to(&self, app: &App) -> Self {
        Self { router: app.router.clone(), ..self.clone() }
    }

    pub fn at_address(mut self, ip: &str) -> Self {
        self.peer = SocketAddr::new(ip.parse().unwrap(), 50000);
        self
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    pub async fn get(&mut self, path: &str) -> Response {
        self.send(Method::GET, path, Body::empty(), None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = serde_html_form::to_string(fields).unwrap();
        self.post_raw(path, body).await
    }

    /// The body of an answer, which comes as it is read.
    pub async fn begin(&mut self, path: &str) -> Body {
        let request = Request::builder().uri(path).header("host", &self.headers["host"]);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(header::COOKIE, cookies.join("; ")).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.clone().oneshot(request).await.unwrap().into_body()
    }

    /// A body as it stands.
    pub async fn post_raw(&mut self, path: &str, body: impl Into<Body>) -> Response {
        self.send(Method::POST, path, body.into(), Some("application/x-www-form-urlencoded")).await
    }

    pub async fn sign_in(&mut self, identifier: &str, password: &str) -> Response {
        self.post("/login", &[("identifier", identifier), ("password", password), ("next", "")]).await
    }

    pub async fn register(&mut self, email: &str, username: &str, password: &str) -> Response {
        self.post("/register", &[("email", email), ("username", username), ("password", password)]).await
    }

    pub async fn is_signed_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    /// Of the session, by any name it has here.
    pub fn session_cookie(&self) -> Option<&str> {
        let name = self.cookies.keys().find(|name| !["-flash", "-theme", "-device", "-dance"].iter().any(|end| name.ends_with(end)))?;
        self.cookies.get(name).map(String::as_str)
    }

    pub async fn send(&mut self, method: Method, path: &str, body: Body, kind: Option<&str>) -> Response {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        if let Some(kind) = kind {
            request.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_str(kind).unwrap());
        }
        self.send_request(request).await
    }

    /// Adds only cookies and the peer's address.
    pub async fn send_request(&mut self, mut request: Request<Body>) -> Response {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let response = Response { status: parts.status, headers: parts.headers, body };
        self.keep(&response);
        response
    }

    fn keep(&mut self, response: &Response) {
        for cookie in response.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((&cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn redirects_to(&self, path: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.header("location")), (303, path), "{}", self.body);
        self
    }

    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in: {}", self.body);
        self
    }

    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in: {}", self.body);
        self
    }

    /// The form again, with a message beside that field.
    #[track_caller]
    pub fn refuses(&self, field: &str) -> &Self {
        self.is(422).shows(&format!("id=\"{field}-error\""))
    }

    /// Where a link leads that says what it is, as `next` or `prev`.
    pub fn link(&self, rel: &str) -> Option<String> {
        let tag = self.body.split("<a ").find(|tag| tag.contains(&format!("rel=\"{rel}\"")))?;
        Some(tag.split("href=\"").nth(1)?.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
    }

    #[track_caller]
    pub fn sets_no_session_cookie(&self) -> &Self {
        let cookies = self.set_cookies();
        assert!(
            !cookies.iter().any(|cookie| !["-flash=", "-theme=", "-device=", "-dance="].iter().any(|name| cookie.contains(name))),
            "{cookies:?}"
        );
        self
    }
}
