//! Forms in: strict about how they arrive. Forms out: what was typed, and what is wrong with it.
use super::Error;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use std::collections::HashSet;

const MAX_BYTES: usize = 64 * 1024;
const MAX_FIELDS: usize = 100;

/// A form as browsers send it. Refuses other media types, invalid UTF-8, NUL, repeated fields, missing fields.
pub struct Form<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        if !is_form(&request) {
            return Err(Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Forms must be sent as a browser sends them."));
        }
        let body = read(request).await?;
        let incomplete = Error::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The form did not arrive as it was filled in. Go back, reload the page and try again.",
        );
        if !is_wellformed(&body) {
            return Err(incomplete);
        }
        serde_html_form::from_bytes(&body).map(Self).map_err(|error| {
            if cfg!(debug_assertions) {
                tracing::warn!(%error, "a form does not fit its struct");
            }
            incomplete
        })
    }
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

async fn read(request: Request) -> Result<Bytes, Error> {
    let body = Limited::new(request.into_body(), MAX_BYTES).collect().await;
    let body = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => Error::Refused(StatusCode::PAYLOAD_TOO_LARGE, "A form may hold 64 KiB. Shorten it and try again."),
        false => Error::Refused(StatusCode::BAD_REQUEST, "The form did not arrive whole. Try again."),
    });
    Ok(body?.to_bytes())
}

/// Percent-decoding would turn invalid UTF-8 into U+FFFD, so that different passwords became the same.
fn is_wellformed(body: &[u8]) -> bool {
    let decode = |part: &[u8]| {
        let plain: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        String::from_utf8(percent_encoding::percent_decode(&plain).collect()).ok().filter(|text| !text.contains('\0'))
    };
    let mut names = HashSet::new();
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
        let (name, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len()));
        decode(value).is_some() && decode(name).is_some_and(|name| !name.contains('[') && names.insert(name)) && names.len() <= MAX_FIELDS
    })
}

/// What is wrong, by field. The first of them gets the focus.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    fields: Vec<(&'static str, String)>,
    above: Option<String>,
}

impl Errors {
    /// The message completes the field's label, without a full stop: "is taken. Choose another one".
    pub fn on(field: &'static str, message: impl Into<String>) -> Self {
        Self { fields: vec![(field, message.into())], above: None }
    }

    /// Whole sentences, shown above the form.
    pub fn above(message: impl Into<String>) -> Self {
        Self { fields: Vec::new(), above: Some(message.into()) }
    }

    /// The value, or None and its message noted, as for [`Errors::on`].
    pub fn take<T>(&mut self, field: &'static str, result: Result<T, impl Into<String>>) -> Option<T> {
        result.map_err(|message| self.fields.push((field, message.into()))).ok()
    }

    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }

    pub fn is_first(&self, field: &str) -> bool {
        self.fields.first().is_some_and(|(name, _)| *name == field)
    }

    pub fn message_above(&self) -> Option<&str> {
        self.above.as_deref()
    }

    pub fn has_no_field(&self) -> bool {
        self.fields.is_empty()
    }
}

/// The form again, with what is wrong.
pub fn refuse(page: impl IntoResponse) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
