//! What stands behind the question mark of a list: filters, order, and which part of it.
use super::AppState;
use crate::db::paging::Part;
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use std::convert::Infallible;

/// Whatever does not fit counts as not asked for. Text of a query may hold anything that a form may, control characters aside.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequestParts<AppState> for Query<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let decoded = percent_encoding::percent_decode_str(query).decode_utf8();
        let plain = decoded.is_ok_and(|text| !text.chars().any(char::is_control));
        Ok(Self(if plain { serde_html_form::from_str(query).unwrap_or_default() } else { T::default() }))
    }
}

/// The parts before and after the one that is shown, as addresses.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Pager {
    /// `query` is what the list was asked for, without its part.
    pub fn new(path: &str, query: &impl Serialize, before: Option<String>, after: Option<String>) -> Self {
        let link = |name: &str, mark: String| {
            let query = serde_html_form::to_string(query).unwrap_or_default();
            let mark = serde_html_form::to_string([(name, mark)]).unwrap_or_default();
            let and = if query.is_empty() { "" } else { "&" };
            format!("{path}?{query}{and}{mark}")
        };
        Self { before: before.map(|mark| link("before", mark)), after: after.map(|mark| link("after", mark)) }
    }

    pub fn is_needed(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }
}

/// Of the fields `after` and `before`, of which one may be set to a mark.
pub fn part<K>(after: &str, before: &str, parse: impl Fn(&str) -> Option<K>) -> Part<K> {
    match (parse(after), parse(before)) {
        (Some(mark), _) => Part::After(mark),
        (None, Some(mark)) => Part::Before(mark),
        (None, None) => Part::First,
    }
}
