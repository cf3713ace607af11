use crate::{chromium::Chromium, site::Site};
use serde_json::json;

#[tokio::test]
async fn no_page_needs_more_than_320_pixels() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    let longest = format!("{}@{}.example.com", "w".repeat(32), "w".repeat(63));
    let ada = site.app.user(&longest).await;
    site.app.execute(&format!("UPDATE users SET name = '{}'", "W".repeat(64))).await;
    let screen = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true });
    chromium.devtools("Emulation.setDeviceMetricsOverride", screen).await;

    fits_everywhere(&site, &chromium).await;
    site.app.grant_role(&ada, "admin").await;
    chromium.sign_in(&ada).await;
    fits_everywhere(&site, &chromium).await;
}

#[tokio::test]
async fn no_page_touches_the_sides_of_the_window() {
    let site = Site::open().await;
    let chromium = Chromium::start(&site).await;
    for width in [375, 600, 800, 1000, 1280] {
        let screen = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        chromium.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        chromium.visit("/").await;
        let left: f64 = chromium.asked("document.querySelector('h1').getBoundingClientRect().left").await;
        assert!(left >= 12.0, "{left} at {width}");
    }
}

async fn fits_everywhere(site: &Site, chromium: &Chromium) {
    for path in site.pages().await {
        chromium.visit(&path).await;
        let width: Option<u32> = chromium.asked(WIDTH).await;
        assert!(matches!(width, None | Some(320)), "{path} takes {width:?}: {}", chromium.text().await);
    }
}

/// None where a path is no page, but a word for machines.
const WIDTH: &str = "document.contentType === 'text/html' ? document.documentElement.scrollWidth : null";
