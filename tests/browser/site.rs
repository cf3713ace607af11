use crate::support::{App, Others, bind, serve};
use app::web::{
    self,
    routes::{Routes, all},
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{Html, Response},
};
use std::{
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
        Self::build("http", |routes| routes).await
    }

    /// It takes itself for https. Browsers trust `localhost` enough to give and take `Secure` cookies without it.
    pub async fn open_as_https() -> Self {
        Self::build("https", |routes| routes).await
    }

    /// With pages that only this test has.
    pub async fn with_routes(more: impl FnOnce(Routes) -> Routes) -> Self {
        Self::build("http", more).await
    }

    async fn build(scheme: &str, more: impl FnOnce(Routes) -> Routes) -> Self {
        let (listener, port) = bind().await;
        let authority = format!("localhost:{port}");
        let app = App::with(&[("BASE_URL", &format!("{scheme}://{authority}"))]).await;
        let requests = Requests::default();
        serve(listener, web::router_of(app.state.clone(), more(all())).layer(from_fn_with_state(requests.clone(), note)));
        Self { app, url: format!("http://{authority}").parse().unwrap(), requests, others: OnceCell::new() }
    }

    async fn others(&self) -> &Others {
        self.others.get_or_init(|| Others::of(&self.app)).await
    }

    /// Every address of the table that a browser can open, and one that is none. What is downloaded is no page, nor is what stands
    /// in a frame.
    pub async fn pages(&self) -> Vec<String> {
        let is_page = |path: &String| path != "/admin/audit/export" && !path.ends_with("/html");
        self.addresses("GET").await.into_iter().filter(is_page).chain(["/no/such/page".to_owned()]).collect()
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
