use crate::support::{App, Browser};
use axum::{body::Body, http::Method, http::Request};

async fn tries_to_post(mut browser: Browser, headers: &[(&'static str, &str)]) -> u16 {
    browser.headers.insert("sec-fetch-site", String::new());
    for (name, value) in headers {
        browser.headers.insert(name, (*value).to_owned());
    }
    browser.post("/account", &[("username", "ada"), ("name", "Changed")]).await.status.as_u16()
}

#[tokio::test]
async fn only_our_own_pages_may_send_forms() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;

    for site in ["same-site", "cross-site", "unknown", "Same-Origin", ""] {
        assert_eq!(tries_to_post(browser.clone(), &[("sec-fetch-site", site)]).await, 403, "{site}");
    }
    assert_eq!(app.row(&ada).await.name, "");

    for site in ["same-origin", "none"] {
        assert_eq!(tries_to_post(browser.clone(), &[("sec-fetch-site", site)]).await, 303, "{site}");
    }
}

#[tokio::test]
async fn older_browsers_are_judged_by_their_origin_to_the_byte() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let others = [
        "http://localhost",
        "http://localhost:3001",
        "https://localhost:3000",
        "null",
        "http://evil@localhost:3000",
        "http://localhost:3000.evil.example",
        "http://localhost.:3000",
        "http://LOCALHOST:3000",
        "http://localhost:3000/",
    ];

    for origin in others {
        assert_eq!(tries_to_post(browser.clone(), &[("origin", origin)]).await, 403, "{origin}");
    }

    assert_eq!(tries_to_post(browser.clone(), &[("origin", "http://localhost:3000")]).await, 303);
    assert_eq!(tries_to_post(browser, &[("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")]).await, 403);
}

#[tokio::test]
async fn a_header_that_stands_twice_is_nobodys() {
    let app = App::new().await;
    for name in ["sec-fetch-site", "origin"] {
        let value = if name == "origin" { "http://localhost:3000" } else { "same-origin" };
        let request = Request::post("/logout").header("host", "localhost:3000").header(name, value).header(name, value);

        let answer = app.browser().send_request(request.body(Body::empty()).unwrap()).await;

        answer.is(403);
    }
}

#[tokio::test]
async fn signing_in_and_registering_are_covered_too() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    let mut elsewhere = app.browser().with_header("sec-fetch-site", "cross-site");

    elsewhere.sign_in("ada", crate::support::PASSWORD).await.is(403).shows("sent from another site");
    elsewhere.register("eve@example.com", "eve", crate::support::PASSWORD).await.is(403);
    assert_eq!((app.count("users").await, app.count("sessions").await), (1, 0));
}

#[tokio::test]
async fn every_unsafe_route_refuses_other_sites_and_changes_nothing() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut elsewhere = app.browser_of(&ada).await.with_header("sec-fetch-site", "cross-site");
    let before = (app.row(&ada).await, app.count("sessions").await, app.count("audit").await);

    for route in app::web::routes::routes().table().iter().filter(|route| route.methods.contains(&"POST")) {
        for path in [route.path.to_owned(), format!("{}/", route.path), format!("/{}", route.path), format!("{};a", route.path)] {
            elsewhere.post(&path, &[("theme", "dark")]).await.is(403);
        }
    }

    assert_eq!((app.row(&ada).await, app.count("sessions").await, app.count("audit").await), before);
}

#[tokio::test]
async fn a_get_changes_nothing_whoever_asks() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let before = (app.row(&ada).await, app.count("sessions").await, app.count("audit").await, app.count("throttles").await);

    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        for route in app::web::routes::routes().table() {
            browser.send(method.clone(), route.path, Body::empty(), None).await;
            app.browser().send(method.clone(), route.path, Body::empty(), None).await;
        }
    }

    assert_eq!((app.row(&ada).await, app.count("sessions").await, app.count("audit").await, app.count("throttles").await), before);
}

#[tokio::test]
async fn no_header_or_field_turns_one_method_into_another() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await.with_header("x-http-method-override", "DELETE");

    browser.get("/logout?_method=POST").await.is(405);
    browser.post("/account", &[("username", "ada"), ("name", ""), ("_method", "DELETE")]).await.redirects_to("/account");

    assert!(browser.is_signed_in().await);
}
