//! Sign-in by a provider, which is another site: whether cookies and policy let people there and back only a browser can tell.
use crate::{
    chromium::Chromium,
    site::{Site, keep},
    support::{Issuer, ODD, PLAIN},
};
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test]
async fn a_click_at_the_practice_provider_makes_an_account_and_others_are_connected() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;

    register_connect_and_disconnect(&site, &chromium).await;

    assert_eq!(chromium.violations().await, [""; 0]);
}

#[tokio::test]
async fn the_same_works_without_scripts() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await.without_scripts().await;

    register_connect_and_disconnect(&site, &chromium).await;

    assert_eq!(chromium.violations().await, [""; 0]);
}

/// Mary is in by one click, connects Sofia's account, cannot take Emmy's, and keeps one way in.
async fn register_connect_and_disconnect(site: &Site, chromium: &Chromium) {
    come_as(chromium, "1882", "Continue with Practice", "/login").await;
    chromium.is_at("/oauth/finish").await;
    chromium.press("Create account").await;
    chromium.sees("Your account is ready.").await;
    chromium.press("Sign out").await;

    come_as(chromium, "1815", "Continue with Practice", "/login").await;
    chromium.sees("Hello, Mary Somerville").await;
    come_as(chromium, "1890", "Connect Practice", "/account/connections").await;
    chromium.sees("Your Practice account sofia@practice.test is connected.").await;
    come_as(chromium, "1882", "Connect Practice", "/account/connections").await;
    chromium.sees("emmy@practice.test is connected to another account here, so nothing was changed.").await;

    chromium.press("Disconnect").await;
    chromium.sees("mary@practice.test is disconnected.").await;
    chromium.press("Disconnect").await;
    chromium.sees("That is the only way into your account").await;
    assert_eq!(site.app.column("identities", "label").await, ["emmy@practice.test", "sofia@practice.test"]);
}

async fn come_as(chromium: &Chromium, account: &str, button: &str, from: &str) {
    chromium.visit(from).await;
    chromium.press(button).await;
    chromium.sees("wants to know who you are").await;
    chromium.tick("account", account).await;
    chromium.press("Allow").await;
}

/// A token of five seconds, a page that needs more, and access that is taken back there.
#[tokio::test]
async fn what_is_allowed_is_renewed_widened_taken_back_and_connected_again() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    chromium.visit("/login").await;
    chromium.press("Continue with Practice").await;
    chromium.press("Allow, in tokens of five seconds").await;

    chromium.visit("/account/connections").await;
    chromium.sees("Mary Somerville, mary, mary@practice.test").await;
    sleep(Duration::from_secs(5)).await;
    chromium.reload().await;
    chromium.sees("granted or renewed a moment ago").await;

    chromium.visit("/dev/diary").await;
    chromium.sees("Practice is needed").await;
    chromium.press("Continue to Practice").await;
    chromium.press("Allow").await;
    chromium.is_at("/dev/diary").await;
    chromium.sees("Rain all day.").await;

    let there = site.url.as_str().replace("localhost", "127.0.0.1");
    chromium.visit(&format!("{there}dev/oauth/access")).await;
    chromium.press("Take it back").await;
    chromium.sees("Taken back.").await;
    chromium.visit("/account/connections").await;
    chromium.sees("reconnect needed").await;
    chromium.press("Reconnect").await;
    chromium.press("Allow").await;
    chromium.sees("Mary Somerville, mary, mary@practice.test").await;
    chromium.sees_nothing_of("reconnect needed").await;
    assert_eq!(chromium.violations().await, [""; 0]);
}

const TRUSTED: (&str, &str) = ("OAUTH_SSO_TRUST_EMAIL", "yes");

async fn ada_at(issuer: &Issuer) {
    issuer.says(json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada", "name": "Ada" }));
}

#[tokio::test]
async fn two_other_providers_work_one_of_them_by_way_of_another_host() {
    for manners in [PLAIN, ODD] {
        let issuer = Issuer::start(manners).await;
        ada_at(&issuer).await;
        let origin = if manners.slash { issuer.moves_its_page().await } else { issuer.origin() };
        let site = Site::with_issuer(&issuer, &[TRUSTED, ("OAUTH_SSO_FORM_ORIGINS", &origin)], keep).await;
        let chromium = Chromium::start(&site).await;

        chromium.visit("/login").await;
        chromium.press("Continue with Sso").await;
        chromium.sees("Elsewhere").await;
        chromium.follow("Agree").await;

        chromium.sees("Hello, Ada").await;
        assert_eq!(chromium.violations().await, [""; 0]);
    }
}

/// What the setting is for: Chromium asks the policy of the page for each redirect that follows its form.
#[tokio::test]
async fn a_host_that_the_policy_does_not_name_is_never_reached() {
    let issuer = Issuer::start(PLAIN).await;
    issuer.moves_its_page().await;
    let site = Site::with_issuer(&issuer, &[TRUSTED], keep).await;
    let chromium = Chromium::start(&site).await;

    chromium.visit("/login").await;
    chromium.presses_in_vain("Continue with Sso").await;

    chromium.is_at("/login").await;
    assert_eq!(chromium.violations().await[0], "form-action on /login");
}

fn policy_without_providers(response: &mut Response) {
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'self'; form-action 'self'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
}

#[tokio::test]
async fn without_the_provider_in_the_policy_the_button_would_do_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let site = Site::with_issuer(&issuer, &[TRUSTED], policy_without_providers).await;
    let chromium = Chromium::start(&site).await;

    chromium.visit("/login").await;
    chromium.presses_in_vain("Continue with Sso").await;

    chromium.is_at("/login").await;
}

fn strict_cookies(response: &mut Response) {
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in cookies {
        let strict = cookie.to_str().unwrap().replace("SameSite=Lax", "SameSite=Strict");
        response.headers_mut().append(header::SET_COOKIE, strict.parse().unwrap());
    }
}

/// The click on the provider's page is what a strict cookie does not survive.
#[tokio::test]
async fn with_strict_cookies_nobody_would_come_back() {
    let issuer = Issuer::start(PLAIN).await;
    ada_at(&issuer).await;
    let site = Site::with_issuer(&issuer, &[TRUSTED], strict_cookies).await;
    let chromium = Chromium::start(&site).await;

    chromium.visit("/login").await;
    chromium.press("Continue with Sso").await;
    chromium.sees("Elsewhere").await;
    chromium.follow("Agree").await;

    chromium.is_at("/login").await;
    assert_eq!(site.app.count("users").await, 0);
}

#[tokio::test]
async fn in_a_second_browser_the_answer_of_the_first_leads_nowhere() {
    let issuer = Issuer::start(PLAIN).await;
    ada_at(&issuer).await;
    let site = Site::with_issuer(&issuer, &[TRUSTED], keep).await;
    let (first, second) = (Chromium::start(&site).await, Chromium::start(&site).await);
    first.visit("/login").await;
    first.press("Continue with Sso").await;
    first.sees("Elsewhere").await;
    let back: String = first.asked("document.querySelector('a').href").await;

    second.visit(&back).await;

    second.sees("begun in another browser").await;
    first.follow("Agree").await;
    first.sees("Hello, Ada").await;
}
