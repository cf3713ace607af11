//! Providers: there and back, and who somebody is then.
mod callback;
mod disconnect;
mod finish;
mod hostile;
mod id_tokens;
mod identity;
mod known;
mod outcomes;
mod refused;
mod start;
mod verify;
mod wiped;

use serde_json::json;
use std::collections::HashMap;
use url::Url;

/// What stands behind the question mark.
pub fn query(url: &str) -> HashMap<String, String> {
    Url::parse("http://localhost").unwrap().join(url).unwrap().query_pairs().into_owned().collect()
}

/// As a provider tells of her.
pub fn ada() -> serde_json::Value {
    json!({ "sub": "1815", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada", "name": "Ada Lovelace" })
}
