//! Tokens that are used once and end, and what can happen to them.
use super::{Issuer, pages::axum_json};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};
use tokio::time::sleep;

/// Tokens that are used once.
#[derive(Clone, Default)]
pub(super) struct HandedOut {
    number: u32,
    lasts: u64,
    scope: Option<String>,
    /// Of access and of refresh tokens, those that are good yet.
    good: BTreeSet<String>,
    stalls: Duration,
    /// The same access token again and again.
    repeats: bool,
    /// In place of what its answers say otherwise.
    forged: Option<Value>,
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

    /// Somebody ends there what they granted so far, and the app is not told.
    pub fn takes_back(&self) {
        self.shared().handed_out.as_mut().unwrap().good.clear();
    }

    /// With the next new tokens it says whose they are.
    pub fn says_whose_they_are(&self, subject: &str) {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({ "sub": subject }).to_string());
        self.shared().refreshed_id_token = Some(format!("e30.{claims}.AA"));
    }

    /// Once it has handed out new tokens, nobody hears of them for a while.
    pub fn stalls(&self, time: Duration) {
        self.shared().handed_out.as_mut().unwrap().stalls = time;
    }

    /// It hands out the same access token each time.
    pub fn repeats_itself(&self) {
        self.shared().handed_out.as_mut().unwrap().repeats = true;
    }

    /// Its answers say this instead; null leaves it out.
    pub fn forges_tokens(&self, fields: Value) -> &Self {
        self.shared().handed_out.get_or_insert_default().forged = Some(fields);
        self
    }

    /// Access tokens end before their time.
    pub fn ends_access(&self) {
        self.shared().handed_out.as_mut().unwrap().good.retain(|token| !token.starts_with("access-"));
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
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let shared = issuer.shared();
    shown.is_some_and(|shown| shared.handed_out.as_ref().map_or(shown == "access-token", |handed_out| handed_out.good.contains(shown)))
}

pub(super) async fn refresh(issuer: &Issuer, form: &HashMap<String, String>) -> Response {
    // Long enough for others to come.
    sleep(Duration::from_millis(100)).await;
    let answer = refreshed(issuer, form);
    let stalls = std::mem::take(&mut issuer.shared().handed_out.as_mut().unwrap().stalls);
    sleep(stalls).await;
    match answer {
        Some(tokens) => axum_json(tokens).into_response(),
        None => (StatusCode::BAD_REQUEST, axum_json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

fn refreshed(issuer: &Issuer, form: &HashMap<String, String>) -> Option<Value> {
    let mut shared = issuer.shared();
    shared.refreshes += 1;
    let handed_out = shared.handed_out.as_mut().unwrap();
    if !handed_out.good.contains(&form["refresh_token"]) {
        return None;
    }
    // Of what came before nothing is good any more.
    let keeps = handed_out.keeps_its_refresh_token;
    handed_out.good.retain(|token| keeps && !token.starts_with("access-"));
    let mut tokens = hand_out(handed_out);
    if let Some(id_token) = shared.refreshed_id_token.clone() {
        tokens["id_token"] = id_token.into();
    }
    Some(tokens)
}

pub(super) fn hand_out(handed_out: &mut HandedOut) -> Value {
    handed_out.number += 1;
    let number = handed_out.number;
    let access = if handed_out.repeats { 1 } else { number };
    let (access, refresh) = (format!("access-{access}"), format!("refresh-{number}"));
    let refresh = Some(refresh).filter(|_| !handed_out.keeps_its_refresh_token || number == 1);
    handed_out.good.extend([Some(access.clone()), refresh.clone()].into_iter().flatten());
    let mut tokens = json!({
        "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": handed_out.lasts, "scope": handed_out.scope,
    });
    for (name, value) in handed_out.forged.iter().flat_map(|forged| forged.as_object().unwrap()) {
        tokens[name] = value.clone();
    }
    tokens.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    tokens
}
