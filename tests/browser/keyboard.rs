//! A visit without a mouse.
use crate::{
    chromium::Chromium,
    site::Site,
    support::{OTHER_PASSWORD, PASSWORD},
};
use thirtyfour::Key;

#[tokio::test]
async fn the_first_tab_leads_past_the_navigation() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    chromium.visit("/").await;

    chromium.types(Key::Tab).await;
    assert_eq!(chromium.asked::<String>("document.activeElement.textContent").await, "Skip to content");
    chromium.types(Key::Enter).await;

    assert_eq!(chromium.focus().await, "content");
}

#[tokio::test]
async fn people_register_by_keys_alone_and_without_scripts() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await.without_scripts().await;
    chromium.visit("/register").await;

    chromium.types("ada@example.com").await;
    chromium.types(Key::Tab).await;
    chromium.types("ada").await;
    chromium.types(Key::Tab).await;
    chromium.types(PASSWORD).await;
    chromium.types(Key::Enter).await;

    chromium.sees("Sign out").await;
    assert_eq!(chromium.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn people_sign_in_and_change_their_password_by_keys_alone() {
    let site = Site::open().await;
    site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;
    chromium.visit("/login").await;

    chromium.types("ada").await;
    chromium.types(Key::Tab).await;
    chromium.types(PASSWORD).await;
    chromium.types(Key::Enter).await;
    chromium.sees("Sign out").await;

    chromium.visit("/account/password").await;
    chromium.tabs_to("current_password").await;
    chromium.types(PASSWORD).await;
    chromium.types(Key::Tab).await;
    chromium.types(OTHER_PASSWORD).await;
    chromium.types(Key::Enter).await;
    chromium.sees("Your password is changed").await;
}
