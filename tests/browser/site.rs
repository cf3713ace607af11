use crate::support::{App, Issuer, Others, bind, serve};
use app::web::{
    self,
    routes::{Routes, all},
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state, map_response},
    response::{Html, Response},
};
use std::{
    future::ready,
    mem,
    sync::{Arc, Mutex},
};
use tokio::sync::OnceCell;
use url::Url;

/// An App on a port of its own, as a browser finds it.
pub struct Site {
    pub app: App,
    pub url: Url,
    pub requests: Requests,
    others: OnceCell<Others>,
}

impl Site {
    pub async fn open() -> Self {
        Self::build("http", &[], |routes| routes, keep).await
    }

    /// With that provider, as `sso`, and with answers that are changed on their way.
    pub async fn with_issuer(issuer: &Issuer, more: &[(&str, &str)], change: fn(&mut Response)) -> Self {
        let settings = issuer.settings("SSO");
        let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Self::build("http", &settings.chain(more.iter().copied()).collect::<Vec<_>>(), |routes| routes, change).await
    }

    /// It takes itself for https. Browsers trust `localhost` enough to give and take `Secure` cookies without it.
    pub async fn open_as_https() -> Self {
        Self::build("https", &[], |routes| routes, keep).await
    }

    /// With pages that only this test has.
    pub async fn with_routes(more: impl FnOnce(Routes) -> Routes) -> Self {
        Self::build("http", &[], more, keep).await
    }

    async fn build(scheme: &str, settings: &[(&str, &str)], more: impl FnOnce(Routes) -> Routes, change: fn(&mut Response)) -> Self {
        let (listener, port) = bind().await;
        let authority = format!("localhost:{port}");
        let base_url = format!("{scheme}://{authority}");
        let app = App::with(&[settings, &[("BASE_URL", base_url.as_str())]].concat()).await;
        let requests = Requests::default();
        let router = web::router_of(app.state.clone(), more(all()));
        let changing = map_response(move |mut response: Response| {
            change(&mut response);
            ready(response)
        });
        serve(listener, router.layer(changing).layer(from_fn_with_state(requests.clone(), note)));
        Self { app, url: format!("http://{authority}").parse().unwrap(), requests, others: OnceCell::new() }
    }

    async fn others(&self) -> &Others {
        self.others.get_or_init(|| Others::of(&self.app)).await
    }

    /// Every address of the table that a browser can open, and one that is none. What is downloaded is no page, nor is what stands
    /// in a frame.
    pub async fn pages(&self) -> Vec<String> {
        let is_page = |path: &String| path != "/admin/audit/export" && !path.ends_with("/html") && !path.starts_with("/dev/oauth");
        let more = ["/no/such/page", "/account/connections?need=practice&scope=diary", "/dev/oauth/access"].map(str::to_owned);
        let more = more.into_iter().chain([self.page_of_the_practice_provider()]);
        self.addresses("GET").await.into_iter().filter(is_page).chain(more).collect()
    }

    /// Which is there only for who is sent to it.
    fn page_of_the_practice_provider(&self) -> String {
        let back = format!("{}/oauth/practice/callback", self.url.origin().ascii_serialization());
        let challenge = "c".repeat(43);
        let asked = [
            ("response_type", "code"),
            ("client_id", "practice"),
            ("redirect_uri", &back),
            ("scope", "openid email"),
            ("state", "x"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        format!("/dev/oauth/authorize?{}", serde_html_form::to_string(asked).unwrap())
    }

    /// With what stands in braces filled in.
    pub async fn addresses(&self, method: &str) -> Vec<String> {
        let (routes, others) = (all(), self.others().await);
        routes.table().iter().filter(|route| route.methods.contains(&method)).map(|route| others.fill(route.path)).collect()
    }

    /// How much the database remembers of what people did.
    pub async fn writes(&self) -> [i64; 4] {
        let app = &self.app;
        [app.count("audit").await, app.count("users").await, app.count("sessions").await, app.count("throttles").await]
    }
}

/// Changes nothing.
pub fn keep(_: &mut Response) {}

/// What the site was asked for and what it answered, as `POST /login 303`; static files aside.
#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    /// Those since the last time.
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().unwrap())
    }
}

async fn note(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    if !asked.contains(" /static/") {
        requests.0.lock().unwrap().push(format!("{asked} {}", response.status().as_u16()));
    }
    response
}

/// Another site, since to browsers 127.0.0.1 is not `localhost`. It has this one page.
pub async fn other_site(html: String) -> Url {
    let (listener, port) = bind().await;
    serve(listener, Router::new().fallback(async || Html(html)));
    format!("http://127.0.0.1:{port}").parse().unwrap()
}
