//! The only room that knows HTTP. `routes.rs` is the one table of routes; each page is a slice of its own.
pub mod access;
mod account;
mod admin;
pub mod assets;
mod browser;
mod check_inbox;
mod client;
mod confirm;
mod cookies;
mod edge;
mod error;
mod flash;
pub mod form;
pub mod headers;
mod health;
mod home;
mod id;
mod log;
mod login;
#[cfg(debug_assertions)]
mod loopback;
pub mod metrics;
mod oauth;
mod origin;
mod page;
mod password;
mod posts;
pub mod query;
pub mod redirect;
mod register;
mod registration;
pub mod routes;
pub mod session;
mod setup;
mod theme;
mod verify;

pub use access::{ConnectedApi, CurrentUser};
pub use error::{Error, Result, fault};
pub use flash::{Flash, done};
pub use form::{Errors, Form, refuse};
pub use page::{Page, Theme};

use crate::{
    config::Config,
    db::Db,
    oauth::{Grants, Providers},
    seal::Sealer,
};
use anyhow::Context;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use cookies::CookieNames;
use routes::Routes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::timeout;
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

/// What every handler can reach.
pub struct App {
    pub config: Config,
    pub db: Db,
    pub sealer: Sealer,
    pub providers: Providers,
    /// What they granted.
    pub grants: Grants,
    csp: HeaderValue,
    cookies: CookieNames,
    leaving: AtomicBool,
}

pub type AppState = Arc<App>;

impl App {
    /// Fails where providers are set up and this machine has nothing to check their certificates by.
    pub fn new(config: Config, db: Db) -> anyhow::Result<AppState> {
        let sealer = Sealer::new(&config.secret_key);
        let cookies = CookieNames::new(&config.base_url);
        let grants = Grants::new(&db, &config).context("cannot talk to providers by TLS")?;
        let providers = grants.providers().clone();
        let csp = headers::csp(providers.form_origins());
        Ok(Arc::new(Self { config, db, sealer, providers, grants, csp, cookies, leaving: AtomicBool::new(false) }))
    }

    /// Whether there is `/dev`.
    pub fn has_dev(&self) -> bool {
        cfg!(debug_assertions) && !self.config.dev_public
    }

    /// From now on `/readyz` tells load balancers to send nothing more.
    pub fn leave(&self) {
        self.leaving.store(true, Relaxed);
    }
}

/// The whole app as one service.
pub fn router(app: AppState) -> Router {
    let routes = if app.has_dev() { routes::all() } else { routes::routes() };
    router_of(app, routes)
}

pub fn router_of(app: AppState, routes: Routes) -> Router {
    Router::new()
        .merge(routes.into_router())
        .nest("/static", assets::router())
        .layer(middleware::from_fn_with_state(app.clone(), pass))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(256)))
        .with_state(app)
}

/// What every request passes on its way in and out. One layer that calls functions: a stack of layers would be cloned
/// anew for each request, which costs more than all that they do. Whoever hangs up while a request writes must not stop it
/// half-way: it would count a guess and record none. So those run in tasks of their own.
async fn pass(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if request.method().is_safe() && !routes::is_callback(request.uri().path()) {
        return respond(&app, request, next).await;
    }
    let task = tokio::spawn(async move { respond(&app, request, next).await });
    task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn respond(app: &AppState, request: Request, next: Next) -> Response {
    let answer = async |request| {
        if let Some(refusal) = edge::refusal(app, &request).or_else(|| origin::refusal(app, &request)) {
            return refusal;
        }
        match timeout(LIMIT, form::arrived(request)).await {
            Err(_) => error::fault(StatusCode::REQUEST_TIMEOUT),
            Ok(Err(refusal)) => refusal.into_response(),
            Ok(Ok(request)) => {
                flash::around(app, request, async |request| {
                    session::around(app, request, async |request| handle(next, request).await).await
                })
                .await
            }
        }
    };
    let page = async |request| error::around(app, request, async |request| error::caught(answer(request)).await).await;
    let is_secret = headers::is_secret(&request);
    log::around(app, request, async |request| headers::add(app, is_secret, page(request).await)).await
}

/// For a form to arrive, and again for its answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Inside the session, so that a cookie that was renewed before a panic or a time-out is still sent.
async fn handle(next: Next, request: Request) -> Response {
    let answer = timeout(LIMIT, next.run(request));
    error::caught(async { answer.await.unwrap_or_else(|_| error::fault(StatusCode::REQUEST_TIMEOUT)) }).await
}
