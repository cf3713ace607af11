use crate::web::{Error, Result, fault};
use anyhow::anyhow;
use axum::{extract::Path, http::StatusCode, response::Response};

/// Those that visitors may meet.
pub const STATUSES: [u16; 15] = [400, 403, 404, 405, 408, 410, 413, 414, 415, 421, 422, 429, 500, 502, 503];

/// The page as it would be.
pub async fn show(Path(status): Path<String>) -> Result<Response> {
    let status: u16 = status.parse().map_err(|_| Error::NotFound)?;
    match status {
        500 => Err(Error::Internal(anyhow!("no such column").context("cannot read the posts").context("this is a preview"))),
        status if STATUSES.contains(&status) => Ok(fault(StatusCode::from_u16(status).expect("one of the list"))),
        _ => Err(Error::NotFound),
    }
}
