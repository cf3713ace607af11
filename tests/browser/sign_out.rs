use crate::{chromium::Chromium, site::Site};
use app::config::PACKAGE;

#[tokio::test]
async fn signing_out_takes_the_cookie_out_of_the_browser() {
    let site = Site::open().await;
    let ada = site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;
    let name = format!("{PACKAGE}-{}", site.url.port().unwrap());

    chromium.sign_in(&ada).await;
    let cookies = chromium.cookies().await;
    chromium.press("Sign out").await;

    assert_eq!((cookies.len(), cookies[0]["name"].as_str()), (1, Some(name.as_str())), "{cookies:?}");
    assert!(chromium.cookies().await.is_empty());
}

#[tokio::test]
async fn the_removal_counts_for_a_host_cookie_too() {
    let site = Site::open_as_https().await;
    let ada = site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;

    chromium.sign_in(&ada).await;
    let cookies = chromium.cookies().await;
    chromium.press("Sign out").await;

    let cookie = &cookies[0];
    assert_eq!((cookies.len(), cookie["name"].as_str()), (1, Some(format!("__Host-{PACKAGE}").as_str())), "{cookies:?}");
    assert_eq!([&cookie["secure"], &cookie["httpOnly"], &cookie["session"]], [true; 3]);
    assert_eq!([&cookie["sameSite"], &cookie["path"]], ["Lax", "/"]);
    assert!(chromium.cookies().await.is_empty());
}

#[tokio::test]
async fn neither_back_nor_forward_shows_anything_of_who_signed_out() {
    let site = Site::open().await;
    let ada = site.app.user("ada@example.com").await;
    let chromium = Chromium::start(&site).await;
    chromium.sign_in(&ada).await;
    chromium.visit("/account").await;
    chromium.sees("ada@example.com").await;
    chromium.visit("/account/password").await;

    chromium.press("Sign out").await;

    for _ in 0..2 {
        chromium.back().await;
        chromium.is_at("/login").await;
        chromium.sees_nothing_of("ada").await;
    }
    for _ in 0..3 {
        chromium.forward().await;
        chromium.sees_nothing_of("ada").await;
    }
    chromium.visit("/account").await;
    chromium.is_at("/login").await;
}
