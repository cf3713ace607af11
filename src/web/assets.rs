//! Static files: embedded, compressed and under names with a fingerprint in a release; read from disk in a debug build.
use super::AppState;
use axum::{
    Router,
    http::{HeaderValue, header::CONTENT_TYPE},
    middleware,
    response::Response,
};
use memory_serve::{CacheControl, Manifest, MemoryServe};
use std::sync::LazyLock;

static ASSETS: LazyLock<(Manifest, Router<AppState>)> = LazyLock::new(|| {
    let files: MemoryServe =
        memory_serve::load!().index_file(None).cache_control(CacheControl::NoCache).enable_hashed_routes(!cfg!(debug_assertions));
    (files.manifest(), files.into_router())
});

pub fn router() -> Router<AppState> {
    ASSETS.1.clone().layer(middleware::map_response(name_charset))
}

/// `app.css` becomes `/static/app.3f9a….css`.
pub fn url(path: &str) -> String {
    let path = format!("/{path}");
    format!("/static{}", ASSETS.0.get(&path).unwrap_or(&path))
}

async fn name_charset(mut response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/") && !kind.contains("charset") {
        let kind = HeaderValue::from_str(&format!("{kind}; charset=utf-8")).expect("a media type is visible ASCII");
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}
