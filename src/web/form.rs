//! Forms in: strict about how they arrive. Forms out: what was typed, and what is wrong with it.
use super::Error;
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value},
    forward_to_deserialize_any,
};
use std::collections::HashSet;

const MAX_BYTES: usize = 64 * 1024;
const MAX_FIELDS: usize = 100;

/// A form as browsers send it. Refuses other media types, invalid UTF-8, NUL, missing fields, and fields that are repeated though
/// they are no `Vec` in `T`.
pub struct Form<T>(pub T);

/// A form is read whole before anybody asks who sends it: what they may do must not be decided half a minute before it is done.
pub async fn arrived(request: Request) -> Result<Request, Error> {
    if !is_form(&request) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    Ok(Request::from_parts(parts, read(body).await?.into()))
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        if !is_form(&request) {
            return Err(Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Forms must be sent as a browser sends them."));
        }
        let body = read(request.into_body()).await?;
        let incomplete = Error::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The form did not arrive as it was filled in. Go back, reload the page and try again.",
        );
        if !is_wellformed(&body, field_names::<T>()) {
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

async fn read(body: Body) -> Result<Bytes, Error> {
    let body = Limited::new(body, MAX_BYTES).collect().await;
    let body = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => Error::Refused(StatusCode::PAYLOAD_TOO_LARGE, "A form may hold 64 KiB. Shorten it and try again."),
        false => Error::Refused(StatusCode::BAD_REQUEST, "The form did not arrive whole. Try again."),
    });
    Ok(body?.to_bytes())
}

/// Those of the struct that a form is read into. Whether one of them may be repeated its type decides; others never may.
fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    T::deserialize(Names(&mut names)).err();
    names
}

/// Answers with nothing but an error, once it knows what it is asked for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], _: V) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        Err(Self::Error::custom("no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Percent-decoding would turn invalid UTF-8 into U+FFFD, so that different passwords became the same.
fn is_wellformed(body: &[u8], fields: &[&str]) -> bool {
    let decode = |part: &[u8]| {
        let plain: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        String::from_utf8(percent_encoding::percent_decode(&plain).collect()).ok().filter(|text| !text.contains('\0'))
    };
    let (mut names, mut count) = (HashSet::new(), 0);
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
        let (name, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len()));
        let mut fits = |name: String| !name.contains('[') && (fields.contains(&name.as_str()) || names.insert(name));
        count += 1;
        decode(value).is_some() && decode(name).is_some_and(&mut fits) && count <= MAX_FIELDS
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
