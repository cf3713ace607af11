//! Answers that no provider should give.
use crate::support::{App, Issuer, PLAIN};
use serde_json::json;

#[tokio::test]
async fn tokens_that_no_request_could_carry_are_refused() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("LIMIT_SCALE", "10")]).await;
    for fields in [
        json!({ "access_token": "" }),
        json!({ "access_token": "a b" }),
        json!({ "access_token": "a\r\nb" }),
        json!({ "access_token": "a".repeat(20_000) }),
        json!({ "refresh_token": "\u{e9}" }),
        json!({ "token_type": "mac" }),
    ] {
        issuer.hands_out(60).forges_tokens(fields);
        let mut browser = app.browser();
        browser.continue_with(&issuer, "sso").await.redirects_to("/login");
        browser.get("/login").await.shows("did not answer as it should");
    }
}

/// Microsoft wrote text there, and others write nonsense: who came is let in.
#[tokio::test]
async fn an_odd_expiry_costs_nobody_their_tokens() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("LIMIT_SCALE", "10")]).await;
    for expiry in [json!("3600"), json!(-1), json!(1e30), json!("soon"), json!([]), json!(u64::MAX)] {
        issuer.hands_out(60).forges_tokens(json!({ "expires_in": expiry }));
        app.browser().continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    }
}
