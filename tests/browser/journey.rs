use crate::{
    chromium::Chromium,
    site::Site,
    support::{OTHER_PASSWORD, PASSWORD},
};

#[tokio::test]
async fn the_first_visit_works_from_the_home_page_to_the_second_sign_in() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;

    visit_for_the_first_time(&site, &chromium).await;

    assert_eq!(chromium.violations().await, [""; 0]);
}

#[tokio::test]
async fn the_first_visit_works_as_well_without_scripts() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await.without_scripts().await;

    visit_for_the_first_time(&site, &chromium).await;

    assert_eq!(chromium.violations().await, [""; 0]);
}

async fn visit_for_the_first_time(site: &Site, chromium: &Chromium) {
    register(site, chromium).await;
    change_the_profile(site, chromium).await;
    change_the_password(site, chromium).await;
    sign_out(site, chromium).await;
    mistype_the_password(chromium).await;
    sign_in_again(site, chromium).await;
    choose_the_dark_theme(site, chromium).await;
}

async fn register(site: &Site, chromium: &Chromium) {
    chromium.visit("/").await;
    chromium.follow("Create account").await;
    chromium.fill("email", "ada@example.com").await;
    chromium.fill("username", "ada").await;
    chromium.fill("password", PASSWORD).await;

    chromium.press("Create account").await;

    chromium.is_at("/account").await;
    shows_once(site, chromium, "Your account is ready.").await;
}

async fn change_the_profile(site: &Site, chromium: &Chromium) {
    chromium.fill("name", "Ada Lovelace").await;
    chromium.fill("username", "countess").await;

    chromium.press("Save").await;

    chromium.is_at("/account").await;
    shows_once(site, chromium, "Your profile is saved.").await;
    assert_eq!(chromium.value("name").await, "Ada Lovelace");
    assert_eq!(site.app.column("users", "username").await, ["countess"]);
}

async fn change_the_password(site: &Site, chromium: &Chromium) {
    chromium.follow("Password").await;
    chromium.fill("current_password", PASSWORD).await;
    chromium.fill("password", OTHER_PASSWORD).await;

    chromium.press("Change password").await;

    chromium.is_at("/account/password").await;
    shows_once(site, chromium, "Your password is changed.").await;
}

async fn sign_out(site: &Site, chromium: &Chromium) {
    chromium.press("Sign out").await;

    chromium.is_at("/login").await;
    shows_once(site, chromium, "You are signed out.").await;
}

async fn mistype_the_password(chromium: &Chromium) {
    chromium.fill("identifier", "countess").await;
    chromium.fill("password", PASSWORD).await;

    chromium.press("Sign in").await;

    chromium.sees("Email, username or password is wrong.").await;
    assert_eq!(chromium.value("identifier").await, "countess");
    assert_eq!(chromium.value("password").await, "");
    assert_eq!(chromium.focus().await, "identifier");
}

async fn sign_in_again(site: &Site, chromium: &Chromium) {
    chromium.fill("password", OTHER_PASSWORD).await;

    chromium.press("Sign in").await;

    chromium.is_at("/").await;
    chromium.sees("Hello, Ada Lovelace").await;
    reload_repeats_nothing(site, chromium).await;
}

async fn choose_the_dark_theme(site: &Site, chromium: &Chromium) {
    chromium.follow("Ada Lovelace").await;
    let light: String = chromium.asked(BACKGROUND).await;

    chromium.press("Dark").await;

    chromium.is_at("/account").await;
    assert_ne!(chromium.asked::<String>(BACKGROUND).await, light);
    reload_repeats_nothing(site, chromium).await;
    assert_ne!(chromium.asked::<String>(BACKGROUND).await, light);
}

const BACKGROUND: &str = "getComputedStyle(document.documentElement).backgroundColor";

async fn shows_once(site: &Site, chromium: &Chromium, message: &str) {
    chromium.sees(message).await;
    reload_repeats_nothing(site, chromium).await;
    chromium.sees_nothing_of(message).await;
}

/// After a form was accepted.
async fn reload_repeats_nothing(site: &Site, chromium: &Chromium) {
    let (writes, sent) = (site.writes().await, site.requests.take());
    assert!(sent.iter().any(|request| request.starts_with("POST ") && request.ends_with(" 303")), "{sent:?}");

    chromium.reload().await;

    let again = site.requests.take();
    assert!(!again.is_empty() && again.iter().all(|request| request.starts_with("GET ")), "{again:?}");
    assert_eq!(site.writes().await, writes);
}
