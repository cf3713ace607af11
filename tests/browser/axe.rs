//! What axe-core finds on every page, in both themes: nothing.
use crate::{
    chromium::Chromium,
    site::{Site, other_site},
};
use serde_json::json;

const AXE: &str = include_str!("vendor/axe.min.js");

/// A line for each thing that is wrong, and where.
const RUN: &str = "axe.run().then(found => found.violations.map(wrong =>
    `${wrong.id}: ${wrong.help}: ${wrong.nodes.map(node => node.html).join(' ')}`))";

async fn findings(chromium: &Chromium) -> Vec<String> {
    chromium.asked::<bool>(&format!("(() => {{ {AXE}; return true }})()")).await;
    chromium.asked(RUN).await
}

async fn prefer(chromium: &Chromium, theme: &str) {
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
    chromium.devtools("Emulation.setEmulatedMedia", media).await;
}

async fn finds_nothing_anywhere(site: &Site, chromium: &Chromium, theme: &str) {
    prefer(chromium, theme).await;
    for path in site.pages().await {
        chromium.visit(&path).await;
        if chromium.asked::<String>("document.contentType").await == "text/html" {
            let found = findings(chromium).await;
            assert!(found.is_empty(), "{path}, {theme}: {found:#?}");
        }
    }
}

#[tokio::test]
async fn every_page_is_accessible_to_strangers_and_to_an_admin() {
    let site = Site::open().await;
    let ada = site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;

    for theme in ["light", "dark"] {
        finds_nothing_anywhere(&site, &chromium, theme).await;
    }
    site.app.connect(&ada, "ada@practice.test").await;
    site.app.grant_role(&ada, "admin").await;
    chromium.sign_in(&ada).await;
    for theme in ["light", "dark"] {
        finds_nothing_anywhere(&site, &chromium, theme).await;
    }
}

#[tokio::test]
async fn so_is_a_form_with_mistakes_and_a_message() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;

    for theme in ["light", "dark"] {
        prefer(&chromium, theme).await;
        chromium.visit("/login").await;
        chromium.fill("identifier", "ada").await;
        chromium.fill("password", "not the password").await;
        chromium.press("Sign in").await;
        assert_eq!(findings(&chromium).await, Vec::<String>::new(), "a message above the form, {theme}");
        chromium.visit("/register").await;
        chromium.fill("email", "ada@example.com").await;
        chromium.fill("username", "a").await;
        chromium.fill("password", "short").await;
        chromium.press("Create account").await;
        assert_eq!(findings(&chromium).await, Vec::<String>::new(), "messages beside fields, {theme}");
    }
}

#[tokio::test]
async fn a_planted_mistake_is_found() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    let other = other_site("<!doctype html><html lang=en><title>x</title><main><h1>x</h1><input></main>".to_owned()).await;

    chromium.visit(other.as_str()).await;

    assert!(findings(&chromium).await.iter().any(|found| found.starts_with("label: ")));
}
