//! The only room that knows HTTP. `routes.rs` is the one table of routes; each page is a slice of its own.
pub mod access;
mod account;
pub mod assets;
mod client;
mod cookies;
mod edge;
mod error;
mod flash;
pub mod form;
mod headers;
mod health;
mod home;
mod log;
mod login;
mod origin;
mod page;
pub mod redirect;
mod register;
pub mod routes;
pub mod session;
mod theme;
mod verify;

pub use access::CurrentUser;
pub use error::{Error, Result};
pub use flash::{Flash, done};
pub use form::{Errors, Form, refuse};
pub use page::{Page, Theme};

use crate::{config::Config, db::Db, seal::Sealer};
use axum::{Router, middleware};
use cookies::CookieNames;
use routes::Routes;
use std::{sync::Arc, time::Duration};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, predicate::SizeAbove},
    timeout::TimeoutLayer,
};

/// What every handler can reach.
pub struct App {
    pub config: Config,
    pub db: Db,
    pub sealer: Sealer,
    cookies: CookieNames,
}

pub type AppState = Arc<App>;

impl App {
    pub fn new(config: Config, db: Db) -> AppState {
        let sealer = Sealer::new(&config.secret_key);
        let cookies = CookieNames::new(&config.base_url);
        Arc::new(Self { config, db, sealer, cookies })
    }
}

/// The whole app as one service.
pub fn router(app: AppState) -> Router {
    router_of(app, routes::routes())
}

/// Layers from the inside out: what stands last sees the request first. A handler's panic and time limit stay inside the
/// session, so that a cookie renewed before them is still sent.
pub fn router_of(app: AppState, routes: Routes) -> Router {
    Router::new()
        .merge(routes.into_router())
        .nest("/static", assets::router())
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, Duration::from_secs(30)))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), session::layer))
        .layer(middleware::from_fn_with_state(app.clone(), flash::layer))
        .layer(middleware::from_fn_with_state(app.clone(), origin::layer))
        .layer(middleware::from_fn_with_state(app.clone(), edge::layer))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), error::layer))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(256)))
        .layer(middleware::from_fn_with_state(app.clone(), headers::layer))
        .layer(middleware::from_fn(log::layer))
        .with_state(app)
}
