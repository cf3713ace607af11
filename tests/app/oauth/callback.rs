//! Back from a provider: in which browser, and with what.
use super::{ada, query};
use crate::support::{App, Issuer, PLAIN};
use std::time::Duration;

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
    let app = App::with_issuers(&[("SSO", &issuer), ("OTHER", &other)], &[]).await;
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
    let out = browser.set_out("sso", "login", "/account/activity").await;
    let back = issuer.allow(&out);
    let state = query(&out)["state"].clone();
    let cancel = format!(
        "/oauth/sso/callback?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state={state}&iss={}",
        issuer.url
    );

    browser.get(&cancel).await.redirects_to("/login?next=/account/activity");

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
async fn after_ten_minutes_nobody_comes_back() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut browser = app.browser();
    let out = browser.set_out("sso", "login", "").await;

    app.time_passes(Duration::from_secs(10 * 60 + 1)).await;

    browser.get(&issuer.allow(&out)).await.redirects_to("/login");
    assert_eq!(issuer.exchanges().len(), 0);
}
