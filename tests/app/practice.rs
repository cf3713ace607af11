//! The practice provider as others would find it: nothing of it is good for a real account, and it answers by the book.
use crate::support::{App, Browser, bind, serve};
use app::web::routes::{all, routes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use url::Url;

/// At an address of its own, since it talks to itself over the network.
pub async fn open() -> App {
    let (listener, port) = bind().await;
    let app = App::with(&[("BASE_URL", &format!("http://localhost:{port}"))]).await;
    serve(listener, app.router.clone());
    app
}

/// A browser at the provider: it is another site.
fn there(app: &App) -> Browser {
    let port = app.state.config.base_url.port();
    app.browser().with_header("host", &format!("127.0.0.1:{port}"))
}

fn query(url: &str) -> HashMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

/// What the page's form sends.
pub async fn choose(app: &App, authorize: &str, account: &str, outcome: &str) -> String {
    let mut fields: Vec<(String, String)> = query(authorize).into_iter().collect();
    fields.extend([("account", account), ("outcome", outcome)].map(|(a, b)| (a.to_owned(), b.to_owned())));
    let fields: Vec<_> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let back = there(app).post("/dev/oauth/authorize", &fields).await.header("location").to_owned();
    let url = Url::parse(&back).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

#[tokio::test]
async fn it_is_what_an_app_without_providers_offers() {
    let app = open().await;
    let mut browser = app.browser();
    browser.get("/login").await.shows("Continue with Practice");

    let out = browser.set_out("practice", "login", "").await;
    assert!(out.starts_with("http://127.0.0.1:"), "{out}");
    let page = there(&app).get(&out[out.find("/dev").unwrap()..]).await;
    page.is(200).shows("Mary Somerville");
    assert!(page.header("content-security-policy").contains(&format!("form-action 'self' {}", app.state.config.base_url.origin())));
    browser.get(&choose(&app, &out, "1815", "allow").await).await.redirects_to("/");

    browser.get("/account").await.shows("mary@practice.test").shows("Mary Somerville");
}

#[tokio::test]
async fn each_button_of_its_page_leads_where_it_says() {
    let app = open().await;
    for (account, outcome, leads_to) in [
        ("1882", "allow", "/oauth/finish"),
        ("1890", "deny", "/login"),
        ("1890", "unverified", "/oauth/finish"),
        ("1890", "no-address", "/oauth/finish"),
        ("1890", "wrong-state", "/login"),
        ("1890", "server-error", "/login"),
        ("1890", "expired", "/login"),
        ("1890", "allow", "/"),
    ] {
        let mut browser = app.browser();
        let out = browser.set_out("practice", "login", "").await;
        browser.get(&choose(&app, &out, account, outcome).await).await.redirects_to(leads_to);
    }
    app.user("ada@example.com").await;

    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    browser.get(&choose(&app, &out, "1815", "taken").await).await.redirects_to("/");

    browser.get("/account").await.shows("ada@example.com");
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    browser.get(&choose(&app, &out, "", "taken-unverified").await).await.redirects_to("/login?next=/account/connections");
}

#[tokio::test]
async fn a_code_is_good_once_for_its_verifier_and_for_the_app_alone() {
    let app = open().await;
    let verifier = "v".repeat(43);
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    let asked = query(&out);
    let authorize = out.replace(&asked["code_challenge"], &challenge);
    let code = async || query(&format!("http://x{}", choose(&app, &authorize, "1815", "allow").await))["code"].clone();
    let secret = BASE64_URL_SAFE_NO_PAD.encode(app.state.config.secret_key.mac("practice provider", "practice"));
    let exchange = async |code: &str, verifier: &str, secret: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &asked["redirect_uri"]),
            ("code_verifier", verifier),
            ("client_id", "practice"),
            ("client_secret", secret),
        ];
        let answer = there(&app).with_header("sec-fetch-site", "").post("/dev/oauth/token", &fields).await;
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
        answer.status.as_u16()
    };

    assert_eq!(exchange(&code().await, &verifier, "wrong").await, 401);
    assert_eq!(exchange(&code().await, &"w".repeat(43), &secret).await, 400);
    assert_eq!(exchange("made-up", &verifier, &secret).await, 400);
    let good = code().await;
    assert_eq!([exchange(&good, &verifier, &secret).await, exchange(&good, &verifier, &secret).await], [200, 400]);
}

#[tokio::test]
async fn it_sends_nobody_elsewhere() {
    let app = open().await;
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    let path = &out[out.find("/dev").unwrap()..];
    for wrong in [
        path.replace("localhost", "evil.example"),
        path.replace("client_id=practice", "client_id=other"),
        path.replace("response_type=code", "response_type=token"),
        path.replace("S256", "plain"),
    ] {
        there(&app).get(&wrong).await.is(400);
    }
    let chosen = |asked: &str| -> Vec<(String, String)> {
        let more = [("account", "1815"), ("outcome", "allow")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        query(asked).into_iter().chain(more).collect()
    };
    let form = |asked: &str| serde_html_form::to_string(chosen(asked)).unwrap();
    there(&app).post_raw("/dev/oauth/authorize", form(&out)).await.is(303);
    there(&app).post_raw("/dev/oauth/authorize", form(&out.replace("localhost", "evil.example"))).await.is(400);
}

#[tokio::test]
async fn it_is_there_for_this_machine_alone() {
    let app = open().await;
    for path in ["/dev/oauth/.well-known/openid-configuration", "/dev/oauth/jwks", "/dev/oauth/userinfo"] {
        there(&app).at_address("203.0.113.5").get(path).await.is(404);
        for header in ["x-forwarded-for", "x-forwarded", "x-originating-ip", "x-remote-ip", "forwarded", "via"] {
            there(&app).with_header(header, "203.0.113.5").get(path).await.is(404);
        }
    }
    there(&app).at_address("203.0.113.5").post("/dev/oauth/token", &[]).await.is(404);
    let public = App::with(&[("DEV_PUBLIC", "yes")]).await;
    let mut browser = public.browser().through(app::web::router(public.state.clone()));
    browser.get("/login").await.hides("Practice");
    browser.post("/dev/oauth/token", &[]).await.is(404);
}

/// The only routes that nobody asks where a request comes from.
#[tokio::test]
async fn programs_have_two_routes_and_a_release_none() {
    let machine = |routes: app::web::routes::Routes| -> Vec<&str> {
        routes.table().iter().filter(|route| route.access.is_machine()).map(|route| route.path).collect()
    };

    assert_eq!(machine(all()), ["/dev/oauth/token", "/dev/oauth/revoke"]);
    assert_eq!(machine(routes()), [""; 0]);
    let app = App::new().await;
    for near in ["/dev/oauth/token/", "//dev/oauth/token", "/dev/oauth/%74oken", "/dev/oauth/token;a", "/dev/oauth/authorize", "/login"] {
        app.browser().with_header("sec-fetch-site", "cross-site").post(near, &[]).await.is(403);
    }
}

#[tokio::test]
async fn short_tokens_are_shown_as_such() {
    let app = open().await;
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    browser.get(&choose(&app, &out, "1815", "short").await).await.redirects_to("/");

    browser
        .get("/account/connections")
        .await
        .shows("<dd>Mary Somerville, mary, mary@practice.test</dd>")
        .shows("renews itself in")
        .hides("minutes");
    there(&app).get("/dev/oauth/access").await.shows("Mary Somerville");
}

#[tokio::test]
async fn what_is_taken_back_there_has_to_be_connected_again() {
    let app = open().await;
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    browser.get(&choose(&app, &out, "1815", "allow").await).await.redirects_to("/");
    browser.get("/account/connections").await.shows("<dt>Profile</dt>");

    there(&app).post("/dev/oauth/access", &[("subject", "1815")]).await.redirects_to("/dev/oauth/access");

    there(&app).get("/dev/oauth/access").await.hides("Mary Somerville");
    browser.get("/account/connections").await.shows("reconnect needed");
    let out = browser.set_out("practice", "connect", "").await;
    browser.get(&choose(&app, &out, "1815", "allow").await).await.redirects_to("/account/connections");
    browser.get("/account/connections").await.shows("<dt>Profile</dt>").hides("reconnect needed");
}

#[tokio::test]
async fn what_is_disconnected_is_taken_back_there() {
    let app = open().await;
    let mut browser = app.browser();
    let out = browser.set_out("practice", "login", "").await;
    browser.get(&choose(&app, &out, "1815", "allow").await).await.redirects_to("/");
    browser.get("/account/connections").await.is(200);
    there(&app).get("/dev/oauth/access").await.shows("Mary Somerville");

    app.delete(&app.person("mary@practice.test").await).await;
    app.mailed().await;

    there(&app).get("/dev/oauth/access").await.hides("Mary Somerville");
}
