//! Tokens that are used once and end, and what can happen to them.
use super::{Issuer, pages::axum_json};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};
use tokio::time::sleep;

/// Tokens that are used once: each answer ends those of before.
#[derive(Clone, Default)]
pub(super) struct HandedOut {
    number: u32,
    lasts: u64,
    scope: Option<String>,
    /// What was handed out so far is worth nothing.
    taken_back: bool,
    /// The last access token is.
    access_ended: bool,
    stalls: bool,
    keeps_its_refresh_token: bool,
}

impl Issuer {
    /// From now on it hands out refresh tokens, each of which works once, and access tokens that last so many seconds.
    pub fn hands_out(&self, lasts: u64) -> &Self {
        self.shared().handed_out = Some(HandedOut { lasts, ..HandedOut::default() });
        self
    }

    /// Whatever it is asked for.
    pub fn grants(&self, scope: &str) -> &Self {
        self.shared().handed_out.get_or_insert_default().scope = Some(scope.to_owned());
        self
    }

    /// The first one works on and on.
    pub fn keeps_its_refresh_token(&self) -> &Self {
        self.shared().handed_out.get_or_insert_default().keeps_its_refresh_token = true;
        self
    }

    /// Somebody ends there what they granted, and the app is not told.
    pub fn takes_back(&self) {
        self.shared().handed_out.as_mut().unwrap().taken_back = true;
    }

    /// With the next new tokens it says whose they are.
    pub fn says_whose_they_are(&self, subject: &str) {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({ "sub": subject }).to_string());
        self.shared().refreshed_id_token = Some(format!("e30.{claims}.AA"));
    }

    /// Once it has handed out new tokens, nobody hears of them for a while.
    pub fn stalls(&self) {
        self.shared().handed_out.as_mut().unwrap().stalls = true;
    }

    /// The last access token ends before its time.
    pub fn ends_access(&self) {
        self.shared().handed_out.as_mut().unwrap().access_ended = true;
    }

    /// How often it was asked for new tokens.
    pub fn refreshes(&self) -> u32 {
        self.shared().refreshes
    }

    /// What the app asked it to end.
    pub fn revocations(&self) -> Vec<HashMap<String, String>> {
        self.shared().revocations.clone()
    }
}

pub(super) fn accepts(issuer: &Issuer, headers: &HeaderMap) -> bool {
    let expected = match &issuer.shared().handed_out {
        None => "Bearer access-token".to_owned(),
        Some(handed_out) if handed_out.taken_back || handed_out.access_ended => return false,
        Some(handed_out) => format!("Bearer access-{}", handed_out.number),
    };
    headers.get(header::AUTHORIZATION).is_some_and(|value| *value == expected)
}

pub(super) async fn refresh(issuer: &Issuer, form: &HashMap<String, String>) -> Response {
    // Long enough for others to come.
    sleep(Duration::from_millis(100)).await;
    let answer = refreshed(issuer, form);
    let stalls = std::mem::take(&mut issuer.shared().handed_out.as_mut().unwrap().stalls);
    if stalls {
        sleep(Duration::from_secs(5)).await;
    }
    match answer {
        Some(tokens) => axum_json(tokens).into_response(),
        None => (StatusCode::BAD_REQUEST, axum_json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

fn refreshed(issuer: &Issuer, form: &HashMap<String, String>) -> Option<Value> {
    let mut shared = issuer.shared();
    shared.refreshes += 1;
    let handed_out = shared.handed_out.as_mut().unwrap();
    let expected = if handed_out.keeps_its_refresh_token { "refresh-1".to_owned() } else { format!("refresh-{}", handed_out.number) };
    if form["refresh_token"] != expected || handed_out.taken_back {
        return None;
    }
    let mut tokens = hand_out(handed_out);
    if let Some(id_token) = shared.refreshed_id_token.clone() {
        tokens["id_token"] = id_token.into();
    }
    Some(tokens)
}

pub(super) fn hand_out(handed_out: &mut HandedOut) -> Value {
    handed_out.number += 1;
    handed_out.access_ended = false;
    let number = handed_out.number;
    let mut tokens = json!({ "access_token": format!("access-{number}"), "token_type": "Bearer", "expires_in": handed_out.lasts, "scope": handed_out.scope });
    if !handed_out.keeps_its_refresh_token || number == 1 {
        tokens["refresh_token"] = format!("refresh-{number}").into();
    }
    tokens.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    tokens
}
