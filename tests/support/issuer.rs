//! Providers of tests: servers that speak OpenID Connect, each in its own way, and none by the practice provider's code. What a
//! person does there, [`Issuer::allow`] does.
use super::{Browser, Response, bind};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};
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
    hangs: bool,
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
            hangs: false,
            at_once: 0,
            most_at_once: 0,
        };
        let issuer = Self { url, manners, shared: Arc::new(Mutex::new(shared)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discover))
            .route("/authorize", get(authorize))
            .route("/page", get(page))
            .route("/jwks", get(keys))
            .route("/token", post(exchange))
            .route("/userinfo", get(userinfo));
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
        self.serve(listener, Router::new().route("/page", get(page)));
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

    fn id_token(&self, asked: &HashMap<String, String>) -> String {
        let shared = self.shared();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({ "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked.get("nonce"), "sub": shared.claims["sub"] });
        if asked.contains_key("max_age") {
            claims["auth_time"] = now.into();
        }
        let more = if self.manners.userinfo { &json!({}) } else { &shared.claims };
        for (name, value) in more.as_object().unwrap().iter().chain(shared.forged.as_object().unwrap()) {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut header = json!({ "alg": self.manners.algorithm, "kid": shared.kid });
        for (name, value) in shared.header.as_object().unwrap() {
            header[name] = value.clone();
        }
        sign(&header, &claims, self.manners.algorithm)
    }
}

fn key(kid: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(include_str!("rsa_of_tests.pem"), Some(JsonWebKeyId::new(kid.to_owned()))).unwrap()
}

/// With its key, whatever the header says, but for `none`.
fn sign(header: &Value, claims: &Value, algorithm: &str) -> String {
    let input = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let algorithm = match algorithm {
        "PS256" => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        _ => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    };
    let signature = match header["alg"].as_str().unwrap() {
        "none" => Vec::new(),
        // The mistake of old: the public key, or the secret, taken for the key of a MAC.
        "HS256" => hmac_sha256(SECRET.as_bytes(), input.as_bytes()),
        _ => key("").sign(&algorithm, input.as_bytes()).unwrap(),
    };
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit, Mac};
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

async fn discover(State(issuer): State<Issuer>) -> impl IntoResponse {
    issuer.shared().discoveries += 1;
    let methods = if issuer.manners.post { ["client_secret_post"] } else { ["client_secret_basic"] };
    axum_json(json!({
        "issuer": issuer.url,
        "authorization_endpoint": issuer.at("authorize"),
        "token_endpoint": issuer.at("token"),
        "userinfo_endpoint": issuer.at("userinfo"),
        "jwks_uri": issuer.at("jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // Some name what nobody should use.
        "id_token_signing_alg_values_supported": ["HS256", "none", issuer.manners.algorithm],
        "token_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": issuer.manners.names_itself,
    }))
}

async fn authorize(State(issuer): State<Issuer>, uri: Uri) -> axum::response::Response {
    let to = issuer.shared().through.clone();
    match to {
        Some(origin) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{origin}/page?{}", uri.query().unwrap()))]).into_response(),
        None => page(State(issuer), uri).await.into_response(),
    }
}

/// On which somebody agrees by a click.
async fn page(State(issuer): State<Issuer>, uri: Uri) -> impl IntoResponse {
    let asked = format!("http://127.0.0.1/?{}", uri.query().unwrap());
    let back = Url::parse(&asked).unwrap().query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let origin = Url::parse(&back).unwrap().origin().ascii_serialization();
    let href = format!("{origin}{}", issuer.allow(&asked)).replace('&', "&amp;");
    Html(format!("<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1><a href=\"{href}\">Agree</a>"))
}

async fn keys(State(issuer): State<Issuer>) -> impl IntoResponse {
    let kid = issuer.shared().kid.clone();
    axum_json(json!({ "keys": [key(&kid).as_verification_key()] }))
}

async fn userinfo(State(issuer): State<Issuer>, headers: HeaderMap) -> axum::response::Response {
    let claims = issuer.shared().claims.clone();
    match headers.get(header::AUTHORIZATION) {
        Some(value) if value == "Bearer access-token" => axum_json(claims).into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn exchange(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> axum::response::Response {
    let mut form: HashMap<String, String> = serde_html_form::from_str(&body).unwrap();
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        form.insert("basic".to_owned(), basic.to_str().unwrap().to_owned());
    }
    issuer.shared().exchanges.push(form.clone());
    if issuer.shared().hangs {
        let _waiting = Waiting::of(&issuer);
        std::future::pending::<()>().await;
    }
    if let Some(answer) = issuer.shared().answer.take() {
        return answer();
    }
    let asked = issuer.shared().codes.remove(form.get("code").unwrap_or(&String::new()));
    let Some(asked) = asked.filter(|asked| is_good(&issuer.manners, asked, &form)) else {
        return (StatusCode::BAD_REQUEST, axum_json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let id_token = issuer.id_token(&asked);
    axum_json(json!({ "access_token": "access-token", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token })).into_response()
}

/// One more who waits, until they give up.
struct Waiting(Issuer);

impl Waiting {
    fn of(issuer: &Issuer) -> Self {
        let mut shared = issuer.shared();
        shared.at_once += 1;
        shared.most_at_once = shared.most_at_once.max(shared.at_once);
        Self(issuer.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.shared().at_once -= 1;
    }
}

fn is_good(manners: &Manners, asked: &HashMap<String, String>, form: &HashMap<String, String>) -> bool {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(form.get("code_verifier").map(String::as_str).unwrap_or_default()));
    let shown = match form.get("basic") {
        Some(basic) => !manners.post && basic.starts_with("Basic "),
        None => manners.post && form.get("client_secret").is_some_and(|secret| secret == SECRET),
    };
    shown && asked.get("code_challenge") == Some(&challenge) && asked.get("redirect_uri") == form.get("redirect_uri")
}

fn axum_json(value: Value) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(value.to_string()))
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
