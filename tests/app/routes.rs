//! Walks the table of routes as every kind of visitor. A route without a row here fails.
use crate::support::{App, Browser};
use app::{
    accounts::Permission,
    web::{
        access::{all_of, any_of, guest, permission, public, signed_in},
        routes::{Routes, routes},
    },
};
use axum::{body::Body, http::Method};
use std::time::Duration;

/// Method, path, and the status for: a stranger, somebody signed in, somebody who has not proven it for an hour.
/// POSTs are sent empty: whoever may pass is told that the form is incomplete.
const WALK: &[(&str, &str, [u16; 3])] = &[
    ("GET", "/", [200, 200, 200]),
    ("GET", "/healthz", [200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200]),
    ("GET", "/robots.txt", [200, 200, 200]),
    ("GET", "/.well-known/change-password", [303, 303, 303]),
    ("POST", "/theme", [422, 422, 422]),
    ("GET", "/register", [200, 303, 303]),
    ("POST", "/register", [422, 422, 422]),
    ("GET", "/login", [200, 303, 303]),
    ("POST", "/login", [422, 422, 422]),
    ("POST", "/logout", [303, 303, 303]),
    ("GET", "/verify", [303, 200, 200]),
    ("POST", "/verify", [303, 422, 422]),
    ("GET", "/account", [303, 200, 200]),
    ("POST", "/account", [303, 422, 422]),
    ("GET", "/account/password", [303, 200, 200]),
    ("POST", "/account/password", [303, 422, 422]),
    ("GET", "/account/x.css", [404, 404, 404]),
    ("GET", "/account;.js", [404, 404, 404]),
];

#[tokio::test]
async fn every_route_lets_pass_whom_its_class_says() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    for &(method, path, expected) in WALK {
        let signed_in = app.browser_of(&ada).await;
        let fresh = ask(signed_in.clone(), method, path).await;
        let signed_in = app.browser_of(&ada).await;
        app.time_passes(Duration::from_secs(3600)).await;
        let stale = ask(signed_in, method, path).await;
        let stranger = ask(app.browser(), method, path).await;
        assert_eq!([stranger, fresh, stale], expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_deactivated_person_is_a_stranger_everywhere() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    app.execute("UPDATE users SET deactivated_at = 1").await;

    for &(method, path, expected) in WALK {
        assert_eq!(ask(browser.clone(), method, path).await, expected[0], "{method} {path}");
    }
}

#[test]
fn every_route_is_walked() {
    for route in routes().table() {
        for method in &route.methods {
            assert!(
                WALK.iter().any(|row| (row.0, row.1) == (*method, route.path)),
                "{method} {} has no row in WALK of tests/app/routes.rs",
                route.path
            );
        }
    }
}

#[test]
fn nothing_about_an_account_is_for_everybody() {
    for route in routes().table().iter().filter(|route| route.path.starts_with("/account") || route.path == "/verify") {
        assert!(!["public", "guest"].contains(&route.access.to_string().as_str()), "{} is {}", route.path, route.access);
    }
}

async fn ask(mut browser: Browser, method: &str, path: &str) -> u16 {
    let form = (method == "POST").then_some("application/x-www-form-urlencoded");
    browser.send(Method::from_bytes(method.as_bytes()).unwrap(), path, Body::empty(), form).await.status.as_u16()
}

fn with_every_class(routes: Routes) -> Routes {
    let here = async || "here";
    routes
        .page("/test/public", public(), here)
        .page("/test/guest", guest(), here)
        .page("/test/fresh", signed_in().fresh(), here)
        .post(here)
        .page("/test/moderate", permission(Permission::ModeratePosts), here)
        .page("/test/any", any_of([Permission::ModeratePosts, Permission::ReadAudit]), here)
        .page("/test/all", all_of([Permission::ModeratePosts, Permission::ReadAudit]).fresh(), here)
}

#[tokio::test]
async fn a_permission_opens_its_pages_at_the_next_request_and_closes_them_again() {
    let app = App::with_routes(with_every_class).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    browser.get("/test/moderate").await.is(403).hides("posts.moderate");

    app.grant_role(&ada, "moderator").await;
    browser.get("/test/moderate").await.is(200);
    browser.get("/test/any").await.is(200);
    browser.get("/test/all").await.is(403);

    app.execute("DELETE FROM user_roles").await;
    browser.get("/test/moderate").await.is(403);
}

#[tokio::test]
async fn an_admin_may_do_everything_once_proven() {
    let app = App::with_routes(with_every_class).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.grant_role(&ada, "admin").await;

    browser.get("/test/all").await.is(200);
    app.time_passes(Duration::from_secs(11 * 60)).await;
    browser.get("/test/all").await.redirects_to("/verify?next=/test/all");
}

#[tokio::test]
async fn permission_is_asked_before_freshness() {
    let app = App::with_routes(with_every_class).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.time_passes(Duration::from_secs(11 * 60)).await;

    browser.get("/test/all").await.is(403);
}

#[tokio::test]
async fn a_fresh_form_has_ten_minutes_of_grace() {
    let app = App::with_routes(with_every_class).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.get("/test/fresh").await.is(200);
    app.time_passes(Duration::from_secs(15 * 60)).await;
    browser.get("/test/fresh").await.redirects_to("/verify?next=/test/fresh");
    browser.post("/test/fresh", &[]).await.is(200);

    app.time_passes(Duration::from_secs(6 * 60)).await;
    browser.post("/test/fresh", &[]).await.redirects_to("/verify?next=/test/fresh");
}

#[tokio::test]
async fn text_that_names_no_permission_grants_nothing() {
    let app = App::with_routes(with_every_class).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.execute("UPDATE roles SET effective = 'posts.moderateX  ** admin' WHERE name = 'user'").await;

    browser.get("/test/moderate").await.is(403);
}
