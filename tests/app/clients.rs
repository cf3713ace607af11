//! Whom limits count: addresses, networks, and what proxies say of them.
use crate::{
    support::{App, PASSWORD},
    throttles::fail,
};

#[tokio::test]
async fn another_address_may_still_try() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    fail(&mut app.browser().at_address("203.0.113.1"), "ada", 10).await;

    app.browser().at_address("203.0.113.2").sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_network_of_ipv6_is_one_client() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    fail(&mut app.browser().at_address("2001:db8::1"), "ada", 5).await;
    fail(&mut app.browser().at_address("2001:db8::2"), "ada", 5).await;

    app.browser().at_address("2001:db8:0:0:ffff::3").sign_in("ada", PASSWORD).await.is(429);
    app.browser().at_address("2001:db8:0:1::1").sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn one_client_may_try_fifty_accounts() {
    let app = App::new().await;
    let mut browser = app.browser();

    for person in 0..50 {
        browser.sign_in(&format!("person{person}"), "x").await.is(422);
    }

    browser.sign_in("another", "x").await.is(429);
}

#[tokio::test]
async fn no_header_of_a_stranger_changes_their_address() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    for n in 0..10 {
        let mut browser = app.browser().with_header("x-forwarded-for", &format!("198.51.100.{n}"));
        browser = browser.with_header("forwarded", &format!("for=198.51.100.{n}")).with_header("x-real-ip", &format!("198.51.100.{n}"));
        fail(&mut browser, "ada", 1).await;
    }

    app.browser().sign_in("ada", PASSWORD).await.is(429);
}

#[tokio::test]
async fn behind_trusted_proxies_the_rightmost_stranger_is_the_client() {
    let app = App::with(&[("TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1")]).await;
    app.user("ada@example.com").await;
    for n in 0..10 {
        let path = format!("198.51.100.{n}, 203.0.113.5, 10.1.2.3");
        fail(&mut app.browser().with_header("x-forwarded-for", &path), "ada", 1).await;
    }

    app.browser().with_header("x-forwarded-for", "203.0.113.5").sign_in("ada", PASSWORD).await.is(429);
    app.browser().with_header("x-forwarded-for", "203.0.113.5:4711").sign_in("ada", PASSWORD).await.is(429);
    app.browser().with_header("x-forwarded-for", "203.0.113.6").sign_in("ada", PASSWORD).await.redirects_to("/");
}
