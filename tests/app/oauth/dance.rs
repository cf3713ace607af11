//! There and back: for whom, from where, and how often.
use crate::support::{App, CLIENT, Issuer, ODD, PASSWORD, PLAIN, SECRET};
use axum::http::Method;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use url::Url;

fn query(url: &str) -> HashMap<String, String> {
    Url::parse("http://localhost").unwrap().join(url).unwrap().query_pairs().into_owned().collect()
}

fn ada() -> serde_json::Value {
    json!({ "sub": "1815", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada", "name": "Ada Lovelace" })
}

#[tokio::test]
async fn somebody_new_is_in_with_one_click() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("OAUTH_SSO_LABEL", "Example SSO")]).await;
    let mut browser = app.browser();
    issuer.says(ada());

    browser.get("/login").await.shows("Continue with Example SSO");
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    browser.get("/account").await.is(200).shows("ada@example.com").shows("Ada Lovelace");
    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL AND password_hash IS NULL").await, 1);
}

#[tokio::test]
async fn the_second_time_the_same_account_is_theirs_whatever_else_changed_there() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");
    issuer.says(json!({ "sub": "1815", "email": "countess@example.org", "email_verified": true, "preferred_username": "countess" }));

    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    browser.get("/account").await.shows("ada@example.com");
    assert_eq!((app.count("users").await, app.column("identities", "label").await), (1, vec!["countess@example.org".to_owned()]));
}

#[tokio::test]
async fn the_same_subject_elsewhere_is_somebody_else() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(ODD).await);
    let settings: Vec<_> = other.settings("OTHER");
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let app =
        App::with_issuer(&issuer, &[&settings[..], &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("OAUTH_OTHER_TRUST_EMAIL", "yes")]].concat()).await;
    issuer.says(ada());
    other.says(json!({ "sub": "1815", "email": "eve@example.com", "email_verified": true, "preferred_username": "eve" }));

    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    let mut eve = app.browser();
    eve.continue_with(&other, "other").await.redirects_to("/");

    eve.get("/account").await.shows("eve@example.com");
    assert_eq!(app.count("users").await, 2);
}

/// A name that is configured anew for another issuer must not let its people in.
#[tokio::test]
async fn the_same_subject_of_another_issuer_under_the_same_name_is_somebody_else() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(PLAIN).await);
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");
    let url = app.url();
    let moved = [("OAUTH_SSO_ISSUER", other.url.as_str()), ("OAUTH_SSO_CLIENT_ID", CLIENT), ("OAUTH_SSO_CLIENT_SECRET", SECRET)];
    let moved = App::on(&url, &moved, |routes| routes).await;

    moved.browser().continue_with(other.says(ada()), "sso").await.redirects_to("/login?next=/account/connections");

    assert_eq!(moved.count("identities").await, 1);
}

#[tokio::test]
async fn every_provider_is_asked_with_a_state_a_challenge_and_the_one_address_to_come_back_to() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(ODD).await);
    let settings = other.settings("OTHER");
    let mut settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for name in ["GITHUB", "DISCORD", "FACEBOOK"] {
        settings.push((Box::leak(format!("OAUTH_{name}_CLIENT_ID").into_boxed_str()), "id"));
        settings.push((Box::leak(format!("OAUTH_{name}_CLIENT_SECRET").into_boxed_str()), "secret"));
    }
    let app = App::with_issuer(&issuer, &settings).await;
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
async fn in_another_browser_or_in_none_a_callback_leads_nowhere() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let (mut mine, mut other) = (app.browser(), app.browser());
    let out = mine.set_out("sso", "login", "").await;
    other.set_out("sso", "login", "").await;
    let back = issuer.says(ada()).allow(&out);

    other.get(&back).await.redirects_to("/login").sets_no_session_cookie();
    app.browser().get(&back).await.redirects_to("/login").sets_no_session_cookie();

    other.get("/login").await.shows("begun in another browser");
    assert_eq!((issuer.exchanges().len(), app.count("users").await), (0, 0));
    mine.get(&back).await.redirects_to("/");
}

#[tokio::test]
async fn a_state_that_is_wrong_missing_or_of_another_provider_leads_nowhere() {
    let (issuer, other) = (Issuer::start(PLAIN).await, Issuer::start(PLAIN).await);
    let settings = other.settings("OTHER");
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let app = App::with_issuer(&issuer, &settings).await;
    let mut browser = app.browser();
    let out = browser.set_out("sso", "login", "").await;
    let back = issuer.allow(&out);
    let state = query(&out)["state"].clone();

    for path in [
        back.replace(&format!("&state={state}"), "&state=x"),
        back.replace(&format!("&state={state}"), ""),
        back.replace("/oauth/sso/", "/oauth/other/"),
        format!("{back}&state={state}"),
        "/oauth/sso/callback".to_owned(),
        "/oauth/sso/callback?error=access_denied".to_owned(),
        "/oauth/sso/callback?state=%00&code=x".to_owned(),
    ] {
        browser.get(&path).await.redirects_to("/login");
    }

    browser.get("/oauth/nobody/callback?state=x").await.is(404);
    browser.post("/oauth/nobody/login", &[]).await.is(404);
    assert_eq!((issuer.exchanges().len(), other.exchanges().len()), (0, 0));
}

#[tokio::test]
async fn of_many_who_bring_the_same_answer_one_exchanges_its_code() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let mut browser = app.browser();
    let out = browser.set_out("sso", "login", "").await;
    let back = issuer.says(ada()).allow(&out);

    let returns: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, back) = (browser.clone(), back.clone());
            tokio::spawn(async move { browser.get(&back).await.header("location").to_owned() })
        })
        .collect();
    let mut led_to = Vec::new();
    for returned in returns {
        led_to.push(returned.await.unwrap());
    }

    led_to.sort();
    assert_eq!((led_to[0].as_str(), led_to[1].as_str()), ("/", "/login"));
    assert_eq!((issuer.exchanges().len(), app.count("sessions").await), (1, 1));
}

#[tokio::test]
async fn changing_ones_mind_there_is_no_error_and_uses_the_state_up() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = app.browser();
    let out = browser.set_out("sso", "login", "").await;
    let back = issuer.allow(&out);
    let state = query(&out)["state"].clone();
    let cancel = format!(
        "/oauth/sso/callback?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state={state}&iss={}",
        issuer.url
    );

    browser.get(&cancel).await.redirects_to("/login");

    browser.get("/login").await.shows("You cancelled at Sso").hides("alert(1)");
    browser.get(&back).await.redirects_to("/login");
    assert_eq!(issuer.exchanges().len(), 0);
}

#[tokio::test]
async fn an_answer_under_another_name_or_none_is_refused() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    for named in ["", "&iss=https%3A%2F%2Fevil.example", "&iss="] {
        let mut browser = app.browser();
        let out = browser.set_out("sso", "login", "").await;
        let back = issuer.allow(&out);

        browser.get(&format!("{}{named}", back.split("&iss=").next().unwrap())).await.redirects_to("/login");

        browser.get("/login").await.shows("did not answer as it should");
    }
    assert_eq!(issuer.exchanges().len(), 0);
}

#[tokio::test]
async fn ten_minutes_are_enough() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = app.browser();
    let out = browser.set_out("sso", "login", "").await;

    app.time_passes(Duration::from_secs(10 * 60 + 1)).await;

    browser.get(&issuer.allow(&out)).await.redirects_to("/login");
    assert_eq!(issuer.exchanges().len(), 0);
}

#[tokio::test]
async fn three_tabs_come_back_each_and_thirty_leave_ten() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let mut browser = app.browser();
    let mut tabs = Vec::new();
    for next in ["/posts", "/account", "/account/activity"] {
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
async fn it_leads_to_the_page_that_was_asked_for_and_never_elsewhere() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.browser().continue_with(issuer.says(ada()), "sso").await.redirects_to("/");

    for (next, leads_to) in [
        ("/posts?x=1", "/posts?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/login", "/"),
        ("/logout", "/"),
        ("/oauth/sso/callback?state=x", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        app.browser().dance(&issuer, "sso", "login", next).await.redirects_to(leads_to);
    }
}

#[tokio::test]
async fn nothing_of_an_earlier_visitor_survives() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let eve = app.user("eve@example.com").await;
    let mut browser = app.browser_of(&eve).await;
    let old = browser.clone();

    browser.continue_with(issuer.says(ada()), "sso").await.redirects_to("/");

    assert_ne!(browser.session_cookie(), old.session_cookie());
    browser.get("/account").await.shows("ada@example.com");
    old.clone().get("/account").await.redirects_to("/login?next=/account");
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
