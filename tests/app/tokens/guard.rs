//! A page that needs a connection leads whoever lacks it there and back.
use super::{EMAIL, connected, ends};
use crate::{
    oauth::query,
    practice::{choose, open},
    support::{App, Issuer, PLAIN},
};
use app::web::{
    access::{public, signed_in},
    routes::Routes,
};
use std::time::Duration;

const NEED: &str = "/account/connections?need=practice&scope=diary&next=%2Fdev%2Fdiary";

#[tokio::test]
async fn a_page_says_what_it_needs_and_opens_once_that_is_allowed() {
    let app = open().await;
    let ada = app.user(EMAIL).await;
    app.browser().get("/dev/diary").await.redirects_to("/login?next=/dev/diary");
    let mut browser = app.browser_of(&ada).await;

    browser.get("/dev/diary").await.redirects_to(NEED);
    let page = browser.get(NEED).await;
    page.is(200).shows("Practice is needed").shows("<code>diary</code>").shows("Continue to Practice");
    let out = browser.post("/oauth/practice/connect", &[("scope", "diary"), ("next", "/dev/diary")]).await.header("location").to_owned();
    assert_eq!(query(&out)["scope"], "openid email profile diary");
    browser.get(&choose(&app, &out, "1815", "allow").await).await.redirects_to("/dev/diary");

    browser.get("/dev/diary").await.is(200).shows("Mary Somerville").shows("Rain all day.");
}

/// Nobody is led in a circle.
#[tokio::test]
async fn whoever_allows_less_is_told_and_may_try_again() {
    let app = open().await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    let out = browser.post("/oauth/practice/connect", &[("scope", "diary"), ("next", "/dev/diary")]).await.header("location").to_owned();

    browser.get(&choose(&app, &out, "1815", "fewer-scopes").await).await.redirects_to(NEED);

    browser.get(NEED).await.shows("Practice did not allow diary").shows("Continue to Practice");
    browser.get("/dev/diary").await.redirects_to(NEED);
}

/// Connecting wants a fresh proof, and what was asked for is not forgotten on the way to it.
#[tokio::test]
async fn whoever_has_to_prove_themselves_first_comes_back_to_what_they_wanted() {
    let app = open().await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(11 * 60)).await;

    let page = browser.get(NEED).await;

    page.is(200).shows("first prove that it is you").hides("Continue to Practice");
    let back = "next=/account/connections?need=practice%26scope=diary%26next=%252Fdev%252Fdiary";
    page.shows(&back.replace("&", "&amp;"));
}

#[tokio::test]
async fn the_scope_of_one_person_opens_nothing_to_another() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(3600).grants("openid notes");
    let settings = issuer.settings("SSO");
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let routes = |routes: Routes| {
        let access = || signed_in().confirmed();
        let routes = routes.page("/gists", access().connected("sso", "notes"), async || "my gists").post(async || "written");
        let routes = routes.page("/of-all", public().connected("sso", "notes"), async || "my gists");
        routes.page("/elsewhere", access().connected("unknown", "notes"), async || "never")
    };
    let app = App::build(&settings, routes).await;
    let (_, mut browser) = connected(&app, &issuer).await;
    let eve = app.user("eve@example.com").await;
    let mut eve = app.browser_of(&eve).await;

    browser.get("/of-all").await.is(200);
    app.browser().get("/of-all").await.redirects_to("/login?next=/of-all");
    browser.get("/gists").await.is(200).shows("my gists");
    browser.post("/gists", &[]).await.is(200).shows("written");
    eve.get("/gists").await.redirects_to("/account/connections?need=sso&scope=notes&next=%2Fgists");
    eve.post("/gists", &[]).await.redirects_to("/account/connections?need=sso&scope=notes&next=%2Fgists");
    eve.get("/account/connections").await.shows("Nothing has happened yet");
    eve.get("/elsewhere").await.is(404);
    browser.get("/elsewhere").await.is(404);
}

/// What has ended opens nothing, and is asked for once more with all that it allowed.
#[tokio::test]
async fn a_connection_whose_access_has_ended_is_asked_for_again() {
    let issuer = Issuer::start(PLAIN).await;
    let settings = [issuer.settings("SSO"), vec![("OAUTH_SSO_SCOPES".to_owned(), "openid,notes".to_owned())]].concat();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let app = App::build(&settings, |routes| routes.page("/gists", signed_in().connected("sso", "notes"), async || "my gists")).await;
    let (ada, mut browser) = connected(&app, &issuer).await;
    browser.get("/gists").await.is(200);

    ends(&app, &ada).await;

    browser.get("/gists").await.redirects_to("/account/connections?need=sso&scope=notes&next=%2Fgists");
    let out = browser.post("/oauth/sso/connect", &[("scope", "notes"), ("next", "/gists")]).await.header("location").to_owned();
    assert_eq!(query(&out)["scope"], "openid notes");
}
