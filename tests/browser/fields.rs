use crate::{chromium::Chromium, site::Site, support::PASSWORD};
use thirtyfour::Key;

/// Of each field its name, its type, and what tells password managers and telephones what belongs there.
const PAGES: [(&str, &[&str]); 2] = [
    ("/register", &["email email email", "username text username", "password password new-password"]),
    ("/login", &["identifier text username", "password password current-password"]),
];
const PAGES_OF_SOMEBODY: [(&str, &[&str]); 3] = [
    ("/account", &["name text name", "username text username"]),
    ("/account/password", &["current_password password current-password", "password password new-password"]),
    ("/verify", &["password password current-password"]),
];

#[tokio::test]
async fn every_field_says_what_belongs_there() {
    let site = Site::open().await;
    let ada = site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;

    for (page, fields) in PAGES {
        has_fields(&chromium, page, fields).await;
    }
    chromium.sign_in(&ada).await;
    for (page, fields) in PAGES_OF_SOMEBODY {
        has_fields(&chromium, page, fields).await;
    }
}

async fn has_fields(chromium: &Chromium, page: &str, fields: &[&str]) {
    chromium.visit(page).await;
    assert_eq!(chromium.asked::<Vec<String>>(TYPED).await, fields, "{page}");
}

/// None of them may be spell-checked, since some browsers send the text away for that.
const TYPED: &str = "[...document.querySelectorAll('main input:not([type=hidden], [type=checkbox], [hidden])')]
    .map(field => [field.name, field.type, field.autocomplete, field.spellcheck ? 'spellcheck' : ''].join(' ').trim())";

#[tokio::test]
async fn passwords_can_be_pasted() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    chromium.visit("/login").await;
    chromium.fill("identifier", PASSWORD).await;

    chromium.field("identifier").await.send_keys(Key::Control + "ac").await.unwrap();
    chromium.field("password").await.send_keys(Key::Control + "v").await.unwrap();

    assert_eq!(chromium.value("password").await, PASSWORD);
}
