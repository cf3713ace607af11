//! Providers of tests: servers that speak OpenID Connect, each in its own way, and none by the practice provider's code. What a
//! person does there, [`Issuer::allow`] does.
mod id_token;
mod pages;
mod tokens;

use super::{App, Browser, Response, bind};
use axum::Router;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokens::HandedOut;
use tokio::net::TcpListener;
use url::Url;

/// In what they differ.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The issuer ends with a slash.
    pub slash: bool,
    /// The secret comes in the form, and not in a header.
    pub post: bool,
    /// RFC 9207.
    pub names_itself: bool,
    /// Addresses and names are only told at the userinfo endpoint.
    pub userinfo: bool,
    pub algorithm: &'static str,
}

pub const PLAIN: Manners = Manners { slash: false, post: false, names_itself: true, userinfo: false, algorithm: "RS256" };
pub const ODD: Manners = Manners { slash: true, post: true, names_itself: false, userinfo: true, algorithm: "PS256" };

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    manners: Manners,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    /// About whoever comes next.
    claims: Value,
    /// In place of what an id_token says otherwise; null leaves it out.
    forged: Value,
    /// In place of its header.
    header: Value,
    kid: String,
    /// Where browsers are sent on to before they see a page.
    through: Option<String>,
    /// Of the next answer to a code, instead of tokens.
    answer: Option<Answer>,
    codes: HashMap<String, HashMap<String, String>>,
    exchanges: Vec<HashMap<String, String>>,
    discoveries: u32,
    padding: usize,
    packs: bool,
    tampered: Value,
    hangs: bool,
    /// None: one access token for everybody, for an hour, and no other.
    handed_out: Option<HandedOut>,
    revocations: Vec<HashMap<String, String>>,
    refreshes: u32,
    /// Beside refreshed tokens.
    refreshed_id_token: Option<String>,
    at_once: u32,
    most_at_once: u32,
}

pub type Answer = Arc<dyn Fn() -> axum::response::Response + Send + Sync>;

pub const CLIENT: &str = "the-app";
/// Of a shape that has to be escaped in a header.
pub const SECRET: &str = "s3cret+of/the=app";

impl Issuer {
    pub async fn start(manners: Manners) -> Self {
        let (listener, port) = bind().await;
        let url = format!("http://127.0.0.1:{port}{}", if manners.slash { "/tenant/" } else { "" });
        let shared = Shared {
            claims: json!({ "sub": "subject-1" }),
            forged: json!({}),
            header: json!({}),
            kid: "key-1".to_owned(),
            through: None,
            answer: None,
            codes: HashMap::new(),
            exchanges: Vec::new(),
            discoveries: 0,
            padding: 0,
            packs: false,
            tampered: Value::Null,
            hangs: false,
            handed_out: None,
            revocations: Vec::new(),
            refreshes: 0,
            refreshed_id_token: None,
            at_once: 0,
            most_at_once: 0,
        };
        let issuer = Self { url, manners, shared: Arc::new(Mutex::new(shared)) };
        let router = pages::router();
        let router = if manners.slash { Router::new().nest("/tenant", router) } else { router };
        issuer.serve(listener, router);
        issuer
    }

    fn serve(&self, listener: TcpListener, router: Router<Self>) {
        let router = router.with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    }

    /// Its page is at another host from now on. Answers that one's origin.
    pub async fn moves_its_page(&self) -> String {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        self.serve(listener, pages::elsewhere());
        self.shared().through = Some(origin.clone());
        origin
    }

    /// For an app, under that name.
    pub fn settings(&self, name: &str) -> Vec<(String, String)> {
        let setting = |ending: &str, value: &str| (format!("OAUTH_{name}_{ending}"), value.to_owned());
        vec![setting("ISSUER", &self.url), setting("CLIENT_ID", CLIENT), setting("CLIENT_SECRET", SECRET)]
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    /// Who comes next.
    pub fn says(&self, claims: Value) -> &Self {
        self.shared().claims = claims;
        self
    }

    /// What the next id_token says instead.
    pub fn forges(&self, claims: Value) -> &Self {
        self.shared().forged = claims;
        self
    }

    pub fn forges_header(&self, header: Value) -> &Self {
        self.shared().header = header;
        self
    }

    /// Instead of tokens.
    pub fn answers(&self, answer: impl Fn() -> axum::response::Response + Send + Sync + 'static) -> &Self {
        self.shared().answer = Some(Arc::new(answer));
        self
    }

    /// From now on no code is answered.
    pub fn hangs(&self) {
        self.shared().hangs = true;
    }

    pub fn most_at_once(&self) -> u32 {
        self.shared().most_at_once
    }

    /// The next good answer is followed by so many blanks.
    pub fn pads(&self, blanks: usize) -> &Self {
        self.shared().padding = blanks;
        self
    }

    /// The next good answer is packed.
    pub fn packs(&self) -> &Self {
        self.shared().packs = true;
        self
    }

    /// What is changed in the next id_token after it was signed.
    pub fn tampers(&self, claims: Value) -> &Self {
        self.shared().tampered = claims;
        self
    }

    pub fn rotates_its_key(&self) {
        self.shared().kid.push('+');
    }

    /// What the app sent for tokens so far.
    pub fn exchanges(&self) -> Vec<HashMap<String, String>> {
        self.shared().exchanges.clone()
    }

    pub fn discoveries(&self) -> u32 {
        self.shared().discoveries
    }

    /// Somebody agrees there. The path at the app to which their browser is sent back.
    pub fn allow(&self, authorize: &str) -> String {
        let asked: HashMap<String, String> = Url::parse(authorize).unwrap().query_pairs().into_owned().collect();
        let code = format!("code-{}", asked["state"]);
        let back = asked["redirect_uri"].clone();
        let mut answer = vec![("code", code.clone()), ("state", asked["state"].clone())];
        if self.manners.names_itself {
            answer.push(("iss", self.url.clone()));
        }
        self.shared().codes.insert(code, asked);
        let url = Url::parse_with_params(&back, answer).unwrap();
        format!("{}?{}", url.path(), url.query().unwrap())
    }

    pub fn origin(&self) -> String {
        Url::parse(&self.url).unwrap().origin().ascii_serialization()
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.url.trim_end_matches('/'))
    }
}

impl Browser {
    /// Out to a provider, where they agree, and back.
    pub async fn continue_with(&mut self, issuer: &Issuer, name: &str) -> Response {
        self.dance(issuer, name, "login", "").await
    }

    /// `intent` is the last part of the address that they set out from.
    pub async fn dance(&mut self, issuer: &Issuer, name: &str, intent: &str, next: &str) -> Response {
        let out = self.set_out(name, intent, next).await;
        self.get(&issuer.allow(&out)).await
    }

    /// Where they are sent.
    pub async fn set_out(&mut self, name: &str, intent: &str, next: &str) -> String {
        let response = self.post(&format!("/oauth/{name}/{intent}"), &[("next", next)]).await;
        assert!(response.header("location").starts_with("http"), "{response:?}");
        response.header("location").to_owned()
    }
}

impl App {
    /// With that provider, as `sso`.
    pub async fn with_issuer(issuer: &Issuer, settings: &[(&str, &str)]) -> Self {
        Self::with_issuers(&[("SSO", issuer)], settings).await
    }

    /// With each of them under a name of its own.
    pub async fn with_issuers(issuers: &[(&str, &Issuer)], settings: &[(&str, &str)]) -> Self {
        let providers: Vec<_> = issuers.iter().flat_map(|(name, issuer)| issuer.settings(name)).collect();
        let providers = providers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Self::with(&providers.chain(settings.iter().copied()).collect::<Vec<_>>()).await
    }
}
