use crate::{chromium::Chromium, site::Site};
use app::web::{access::public, routes::Routes};
use axum::response::Html;

#[tokio::test]
async fn a_page_that_breaks_the_policy_does_not_go_unnoticed() {
    let site = Site::with_routes(with_a_planted_page).await;
    let chromium = Chromium::start(&site).await;

    chromium.visit("/planted").await;
    chromium.visit("/").await;

    let violations = chromium.violations().await;
    assert_eq!(violations[..2], ["style-src-elem on /planted", "script-src-elem on /planted"]);
    assert_eq!(violations.len(), 4, "{violations:?}");
}

#[tokio::test]
async fn nor_does_it_without_scripts() {
    let site = Site::with_routes(with_a_planted_page).await;
    let chromium = Chromium::start(&site).await.without_scripts().await;

    chromium.visit("/planted").await;
    chromium.visit("/").await;

    let violations = chromium.violations().await;
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert!(violations[0].contains("/planted") && violations[0].contains("inline style"));
}

fn with_a_planted_page(routes: Routes) -> Routes {
    let planted = async || Html("<title>Planted</title><style>p { color: red }</style><script>alert(1)</script>");
    routes.page("/planted", public(), planted)
}
