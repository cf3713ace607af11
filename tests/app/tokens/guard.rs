//! A page that needs a connection leads whoever lacks it there and back.
use super::{EMAIL, connected};
use crate::{
    oauth::query,
    practice::{choose, open},
    support::{App, Issuer, PLAIN},
};
use app::web::{access::signed_in, routes::Routes};
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
async fn whoever_allows_less_is_told_and_stays_with_their_connections() {
    let app = open().await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    let out = browser.post("/oauth/practice/connect", &[("scope", "diary"), ("next", "/dev/diary")]).await.header("location").to_owned();

    browser.get(&choose(&app, &out, "1815", "fewer-scopes").await).await.redirects_to("/account/connections");

    browser.get("/account/connections").await.shows("Practice did not allow diary");
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

    page.is(200).shows("First prove that it is you").hides("Continue to Practice");
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
        let routes = routes.page("/notes", access().connected("sso", "notes"), async || "my notes").post(async || "written");
        routes.page("/elsewhere", access().connected("unknown", "notes"), async || "never")
    };
    let app = App::build(&settings, routes).await;
    let (_, mut browser) = connected(&app, &issuer).await;
    let eve = app.user("eve@example.com").await;
    let mut eve = app.browser_of(&eve).await;

    browser.get("/notes").await.is(200).shows("my notes");
    browser.post("/notes", &[]).await.is(200).shows("written");
    eve.get("/notes").await.redirects_to("/account/connections?need=sso&scope=notes&next=%2Fnotes");
    eve.post("/notes", &[]).await.redirects_to("/account/connections?need=sso&scope=notes&next=%2Fnotes");
    eve.get("/account/connections").await.shows("Nothing has happened yet");
    eve.get("/elsewhere").await.is(404);
    browser.get("/elsewhere").await.is(404);
}
