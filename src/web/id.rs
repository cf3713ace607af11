use super::Error;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The `{id}` of a path. What is no number names no row: 404.
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        Path::from_request_parts(parts, state).await.map(|Path(id)| Self(id)).map_err(|_| Error::NotFound)
    }
}
