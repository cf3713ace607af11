//! Out to a provider: with what, and how often.
use super::{ada, query};
use crate::support::{App, Issuer, ODD, PASSWORD, PLAIN};
use axum::http::Method;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

#[tokio::test]
async fn every_provider_is_asked_with_a_state_a_challenge_and_the_one_address_to_come_back_to() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(ODD).await);
    let plain = ["GITHUB", "DISCORD", "FACEBOOK"].map(|name| [format!("OAUTH_{name}_CLIENT_ID"), format!("OAUTH_{name}_CLIENT_SECRET")]);
    let plain: Vec<_> = plain.iter().flatten().map(|name| (name.as_str(), "x")).collect();
    let app = App::with_issuers(&[("SSO", &issuer), ("OTHER", &other)], &plain).await;
    let names: Vec<String> = app.state.providers.list().iter().map(|provider| provider.name.clone()).collect();
    assert_eq!(names, ["discord", "facebook", "github", "other", "sso"]);

    for name in &names {
        let (mut one, mut two) = (app.browser(), app.browser().with_header("x-forwarded-host", "evil.example"));
        let (one, two) = (query(&one.set_out(name, "login", "").await), query(&two.set_out(name, "login", "").await));
        assert_eq!((one["response_type"].as_str(), one["code_challenge_method"].as_str()), ("code", "S256"), "{name}");
        assert!(one["state"].len() >= 43 && one["code_challenge"].len() == 43, "{name}");
        assert!(one["state"] != two["state"] && one["code_challenge"] != two["code_challenge"], "{name}");
        assert_eq!(two["redirect_uri"], format!("http://localhost:3000/oauth/{name}/callback"));
    }
}

#[tokio::test]
async fn the_verifier_fits_the_challenge_and_the_secret_goes_as_the_provider_wants_it() {
    for manners in [PLAIN, ODD] {
        let issuer = Issuer::start(manners).await;
        let app = App::with_issuer(&issuer, &[]).await;
        let mut browser = app.browser();

        let out = browser.set_out("sso", "login", "").await;
        browser.get(&issuer.allow(&out)).await.redirects_to("/oauth/finish");

        let exchange = issuer.exchanges().pop().unwrap();
        let verifier = &exchange["code_verifier"];
        assert!((43..=128).contains(&verifier.len()));
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), query(&out)["code_challenge"]);
        assert_eq!(exchange["redirect_uri"], query(&out)["redirect_uri"]);
        let basic = format!("Basic {}", BASE64_STANDARD.encode("the-app:s3cret%2Bof%2Fthe%3Dapp"));
        assert_eq!((exchange.get("basic") == Some(&basic), exchange.contains_key("client_secret")), (!manners.post, manners.post));
    }
}

#[tokio::test]
async fn two_people_at_once_never_share_a_verifier() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let (mut ada, mut eve) = (app.browser(), app.browser());
    let (ada_out, eve_out) = (ada.set_out("sso", "login", "").await, eve.set_out("sso", "login", "").await);

    issuer.says(json!({ "sub": "2", "email": "eve@example.com", "email_verified": true, "preferred_username": "eve" }));
    eve.get(&issuer.allow(&eve_out)).await.redirects_to("/");
    issuer.says(json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada" }));
    ada.get(&issuer.allow(&ada_out)).await.redirects_to("/");

    ada.get("/account").await.shows("ada@example.com");
    eve.get("/account").await.shows("eve@example.com");
    let verifiers: HashSet<String> = issuer.exchanges().into_iter().map(|exchange| exchange["code_verifier"].clone()).collect();
    assert_eq!(verifiers.len(), 2);
}

#[tokio::test]
async fn three_tabs_come_back_each_and_thirty_leave_ten() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let mut browser = app.browser();
    let mut tabs = Vec::new();
    for next in ["/", "/account", "/account/activity"] {
        tabs.push((browser.set_out("sso", "login", next).await, next));
    }

    for (out, next) in &tabs {
        browser.get(&issuer.says(ada()).allow(out)).await.redirects_to(next);
    }

    for _ in 0..30 {
        browser.set_out("sso", "login", "").await;
    }
    assert_eq!(app.count("oauth_attempts").await, 10);
}

#[tokio::test]
async fn nobody_sets_out_by_a_link_or_from_another_site() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for intent in ["login", "connect", "verify"] {
        let path = format!("/oauth/sso/{intent}");
        let get = browser.send(Method::GET, &path, axum::body::Body::empty(), None).await;
        assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
        browser.clone().with_header("sec-fetch-site", "cross-site").post(&path, &[]).await.is(403);
    }

    assert_eq!(app.count("oauth_attempts").await, 0);
}

#[tokio::test]
async fn sixty_starts_and_returns_in_a_quarter_of_an_hour_are_enough() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = app.browser();

    for _ in 0..30 {
        browser.set_out("sso", "login", "").await;
        browser.get("/oauth/sso/callback?state=x").await.is(303);
    }

    let refused = browser.post("/oauth/sso/login", &[]).await;
    assert!(refused.is(429).header("retry-after").parse::<u32>().unwrap() <= 900);
    browser.get("/oauth/sso/callback?state=x").await.is(429);
    browser.sign_in("nobody", PASSWORD).await.is(422);
}

#[tokio::test]
async fn the_database_and_the_pages_know_no_secret_of_a_dance() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = app.browser();

    let out = browser.set_out("sso", "login", "").await;
    let returned = browser.get(&issuer.allow(&out)).await;

    assert_eq!(returned.redirects_to("/oauth/finish").header("referrer-policy"), "no-referrer");
    let exchange = issuer.exchanges().pop().unwrap();
    let asked = query(&out);
    let mut dump = Vec::new();
    for column in ["id", "browser", "sealed"] {
        dump.extend(app.column("oauth_attempts", column).await);
    }
    let dance_cookie = browser.cookies.iter().find(|(name, _)| name.ends_with("-dance")).unwrap().1;
    for secret in [&exchange["code_verifier"], &exchange["code"], &asked["state"], &asked["nonce"], dance_cookie] {
        assert!(!dump.iter().any(|value| value.contains(secret.as_str())), "{secret} is in {dump:?}");
    }
}

/// Any site could show pictures from there.
#[tokio::test]
async fn what_a_page_of_another_site_loads_counts_for_nobody() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut picture = app.browser().with_header("sec-fetch-dest", "image").with_header("sec-fetch-site", "cross-site");

    for _ in 0..61 {
        picture.get("/oauth/sso/callback?state=x").await.redirects_to("/login");
    }

    app.browser().set_out("sso", "login", "").await;
}

#[tokio::test]
async fn a_page_to_return_to_that_is_none_is_not_kept() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;

    app.browser().set_out("sso", "login", &format!("/account/activity?{}", "x".repeat(60_000))).await;

    assert!(app.column("oauth_attempts", "sealed").await[0].len() < 1000);
}
