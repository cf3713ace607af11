use crate::{chromium::Chromium, site::Site};

#[tokio::test]
async fn no_page_needs_more_than_320_pixels() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    let longest = format!("{}@{}.example.com", "w".repeat(32), "w".repeat(63));
    let ada = site.app.user(&longest).await;
    site.app.execute(&format!("UPDATE users SET name = '{}'", "W".repeat(64))).await;
    site.app.connect(&ada, &longest).await;
    chromium.is_wide(320).await;

    fits_everywhere(&site, &chromium, 320).await;
    site.app.grant_role(&ada, "admin").await;
    chromium.sign_in(&ada).await;
    for width in [320, 640, 768, 900, 1024] {
        chromium.is_wide(width).await;
        fits_everywhere(&site, &chromium, width).await;
    }
}

#[tokio::test]
async fn no_page_touches_the_sides_of_the_window() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    for width in [375, 600, 800, 1000, 1280] {
        chromium.is_wide(width).await;
        chromium.visit("/").await;
        let left: f64 = chromium.asked("document.querySelector('h1').getBoundingClientRect().left").await;
        assert!(left >= 12.0, "{left} at {width}");
    }
}

async fn fits_everywhere(site: &Site, chromium: &Chromium, at: u32) {
    for path in site.pages().await {
        chromium.visit(&path).await;
        let width: Option<u32> = chromium.asked(WIDTH).await;
        assert!(width.is_none_or(|width| width <= at), "{path} takes {width:?} of {at}: {}", chromium.text().await);
    }
}

/// None where a path is no page, but a word for machines.
const WIDTH: &str = "document.contentType === 'text/html' ? document.documentElement.scrollWidth : null";
