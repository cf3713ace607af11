//! Walks the table of routes as every kind of visitor. A route without a row here fails.
use crate::support::{App, Browser, Others};
use app::{
    accounts::Permission::{self, ManageJobs, ManageRoles, ManageUsers, ReadAudit, ReadUsers},
    web::routes::{all, routes},
};
use axum::http::Method;
use std::time::Duration;

/// Method, path, and the status for: a stranger, somebody signed in, a moderator, an admin, an admin who has not proven it for half
/// an hour. POSTs are sent empty: whoever may pass is told that the form is incomplete, or presses a button. What stands in braces
/// belongs to somebody else.
const WALK: &[(&str, &str, [u16; 5])] = &[
    ("GET", "/", [200, 200, 200, 200, 200]),
    ("GET", "/healthz", [200, 200, 200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200, 200, 200]),
    ("GET", "/robots.txt", [200, 200, 200, 200, 200]),
    ("GET", "/.well-known/change-password", [303, 303, 303, 303, 303]),
    ("POST", "/theme", [422, 422, 422, 422, 422]),
    ("GET", "/register", [200, 303, 303, 303, 303]),
    ("POST", "/register", [422, 422, 422, 422, 422]),
    ("GET", "/register/{token}", [200, 200, 200, 200, 200]),
    ("POST", "/register/{token}", [422, 422, 422, 422, 422]),
    ("GET", "/check-inbox", [200, 200, 200, 200, 200]),
    ("GET", "/login", [200, 303, 303, 303, 303]),
    ("POST", "/login", [422, 422, 422, 422, 422]),
    ("GET", "/verify", [303, 200, 200, 200, 200]),
    ("POST", "/verify", [303, 422, 422, 422, 422]),
    ("GET", "/confirm", [303, 303, 303, 303, 303]),
    ("POST", "/confirm", [303, 303, 303, 303, 303]),
    ("GET", "/confirm/{token}", [303, 403, 403, 403, 403]),
    ("POST", "/confirm/{token}", [303, 403, 403, 403, 403]),
    ("GET", "/password/forgot", [200, 200, 200, 200, 200]),
    ("POST", "/password/forgot", [422, 422, 422, 422, 422]),
    ("GET", "/account/email", [303, 200, 200, 200, 303]),
    ("POST", "/account/email", [303, 422, 422, 422, 303]),
    ("POST", "/account/email/cancel", [303, 303, 303, 303, 303]),
    ("GET", "/account/email/{token}", [303, 403, 403, 403, 403]),
    ("POST", "/account/email/{token}", [303, 403, 403, 403, 403]),
    ("GET", "/account/email/undo/{token}", [200, 200, 200, 200, 200]),
    ("GET", "/account/not-me/{token}", [200, 200, 200, 200, 200]),
    ("GET", "/account/activity", [303, 200, 200, 200, 200]),
    ("GET", "/account/connections", [303, 200, 200, 200, 200]),
    ("POST", "/account/connections/{id}/disconnect", [303, 404, 404, 404, 303]),
    ("POST", "/oauth/{provider}/login", [303, 303, 303, 303, 303]),
    ("POST", "/oauth/{provider}/connect", [303, 303, 303, 303, 303]),
    ("POST", "/oauth/{provider}/verify", [303, 303, 303, 303, 303]),
    ("GET", "/oauth/{provider}/callback", [303, 303, 303, 303, 303]),
    ("GET", "/oauth/finish", [303, 303, 303, 303, 303]),
    ("POST", "/oauth/finish", [422, 422, 422, 422, 422]),
    ("GET", "/account", [303, 200, 200, 200, 200]),
    ("POST", "/account", [303, 422, 422, 422, 422]),
    ("GET", "/account/password", [303, 200, 200, 200, 200]),
    ("POST", "/account/password", [303, 422, 422, 422, 422]),
    ("GET", "/password/reset/{token}", [200, 200, 200, 200, 200]),
    ("POST", "/password/reset/{token}", [422, 422, 422, 422, 422]),
    ("GET", "/setup/{token}", [404, 404, 404, 404, 303]),
    ("POST", "/setup/{token}", [404, 404, 404, 404, 303]),
    ("GET", "/posts", [303, 200, 200, 200, 200]),
    ("GET", "/posts/new", [303, 200, 200, 200, 200]),
    ("POST", "/posts/new", [303, 422, 422, 422, 422]),
    ("GET", "/posts/{id}", [303, 200, 200, 200, 200]),
    ("GET", "/posts/{id}/edit", [303, 403, 200, 200, 200]),
    ("POST", "/posts/{id}/edit", [303, 403, 422, 422, 422]),
    ("GET", "/posts/{id}/delete", [303, 403, 200, 200, 200]),
    ("GET", "/admin", [303, 403, 403, 200, 200]),
    ("GET", "/admin/users", [303, 403, 403, 200, 200]),
    ("GET", "/admin/users/new", [303, 403, 403, 200, 303]),
    ("POST", "/admin/users/new", [303, 403, 403, 422, 303]),
    ("GET", "/admin/users/{id}", [303, 403, 403, 200, 200]),
    ("POST", "/admin/users/{id}/activate", [303, 403, 403, 303, 303]),
    ("POST", "/admin/users/{id}/deactivate", [303, 403, 403, 422, 303]),
    ("POST", "/admin/users/{id}/sign-out", [303, 403, 403, 303, 303]),
    ("POST", "/admin/users/{id}/roles", [303, 403, 403, 303, 303]),
    ("POST", "/admin/users/{id}/password-link", [303, 403, 403, 303, 303]),
    ("GET", "/admin/users/{id}/reset-access", [303, 403, 403, 200, 303]),
    ("POST", "/admin/users/{id}/reset-access", [303, 403, 403, 422, 303]),
    ("GET", "/admin/users/{id}/delete", [303, 403, 403, 200, 303]),
    ("POST", "/admin/users/{id}/delete", [303, 403, 403, 422, 303]),
    ("GET", "/admin/roles", [303, 403, 403, 200, 200]),
    ("GET", "/admin/roles/new", [303, 403, 403, 200, 303]),
    ("POST", "/admin/roles/new", [303, 403, 403, 422, 303]),
    ("GET", "/admin/roles/{id}", [303, 403, 403, 200, 303]),
    ("POST", "/admin/roles/{id}", [303, 403, 403, 422, 303]),
    ("GET", "/admin/roles/{id}/delete", [303, 403, 403, 200, 303]),
    ("GET", "/admin/audit", [303, 403, 403, 200, 200]),
    ("GET", "/admin/audit/export", [303, 403, 403, 200, 200]),
    ("GET", "/admin/jobs", [303, 403, 403, 200, 200]),
    ("POST", "/admin/jobs/{id}/retry", [303, 403, 403, 303, 303]),
    ("GET", "/account/x.css", [404, 404, 404, 404, 404]),
    ("GET", "/account;.js", [404, 404, 404, 404, 404]),
    ("GET", "/admin/../admin", [404, 404, 404, 404, 404]),
    ("GET", "/ADMIN", [404, 404, 404, 404, 404]),
    ("GET", "//admin", [404, 404, 404, 404, 404]),
    ("GET", "/admin%2f", [404, 404, 404, 404, 404]),
    ("GET", "/admin;x", [404, 404, 404, 404, 404]),
    ("GET", "/admin/users/x", [303, 403, 403, 404, 404]),
    // These come last, since each of them finds what the ones before left.
    ("POST", "/posts/{id}/delete", [303, 403, 303, 404, 404]),
    ("POST", "/admin/roles/{id}/delete", [303, 403, 403, 303, 303]),
    ("POST", "/admin/jobs/{id}/discard", [303, 403, 403, 303, 303]),
    ("POST", "/account/not-me/{token}", [303, 410, 410, 410, 410]),
    ("POST", "/account/email/undo/{token}", [303, 410, 410, 410, 410]),
    ("POST", "/logout", [303, 303, 303, 303, 303]),
    #[cfg(debug_assertions)]
    ("GET", "/dev", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/errors/{status}", [410, 410, 410, 410, 410]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail/gallery", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail/gallery/{number}", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail/gallery/{number}/html", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail/{id}", [404, 404, 404, 404, 404]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/mail/{id}/html", [404, 404, 404, 404, 404]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/.well-known/openid-configuration", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/jwks", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/authorize", [400, 400, 400, 400, 400]),
    #[cfg(debug_assertions)]
    ("POST", "/dev/oauth/authorize", [400, 400, 400, 400, 400]),
    #[cfg(debug_assertions)]
    ("POST", "/dev/oauth/token", [401, 401, 401, 401, 401]),
    #[cfg(debug_assertions)]
    ("POST", "/dev/oauth/revoke", [401, 401, 401, 401, 401]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/userinfo", [401, 401, 401, 401, 401]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/diary", [401, 401, 401, 401, 401]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/oauth/access", [200, 200, 200, 200, 200]),
    #[cfg(debug_assertions)]
    ("POST", "/dev/oauth/access", [422, 422, 422, 422, 422]),
    #[cfg(debug_assertions)]
    ("GET", "/dev/diary", [303, 303, 303, 303, 303]),
    #[cfg(debug_assertions)]
    ("POST", "/dev/personas/{name}", [303, 303, 303, 303, 303]),
];

/// In the order of the columns.
async fn visitors(app: &App) -> Vec<Browser> {
    let stale = app.admin("chief@example.com").await;
    let stale = app.browser_of(&stale).await;
    app.time_passes(Duration::from_secs(30 * 60)).await;
    let mut browsers = vec![app.browser()];
    for (name, role) in [("reader", "user"), ("warden", "moderator"), ("boss", "admin")] {
        let person = app.user(&format!("{name}@example.com")).await;
        if role != "user" {
            app.grant_role(&person, role).await;
        }
        browsers.push(app.browser_of(&person).await);
    }
    browsers.push(stale);
    browsers
}

#[tokio::test]
async fn every_route_lets_pass_whom_its_class_says() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let (others, visitors) = (Others::of(&app).await, visitors(&app).await);

    for (method, path, expected) in WALK {
        let mut found = Vec::new();
        for visitor in &visitors {
            found.push(ask(visitor.clone(), method, &others.fill(path)).await);
        }
        assert_eq!(*expected, *found, "{method} {path}");
    }
}

/// Which single permissions open it; all others are refused.
const OPENS: &[(&str, &str, &[Permission])] = &[
    ("GET", "/admin", &[ReadUsers, ManageUsers, ManageRoles, ReadAudit, ManageJobs]),
    ("GET", "/admin/users", &[ReadUsers, ManageUsers, ManageRoles]),
    ("GET", "/admin/users/{id}", &[ReadUsers, ManageUsers, ManageRoles]),
    ("GET", "/admin/users/new", &[ManageUsers]),
    ("POST", "/admin/users/new", &[ManageUsers]),
    ("POST", "/admin/users/{id}/activate", &[ManageUsers]),
    ("POST", "/admin/users/{id}/deactivate", &[ManageUsers]),
    ("POST", "/admin/users/{id}/sign-out", &[ManageUsers]),
    ("POST", "/admin/users/{id}/roles", &[ManageRoles]),
    ("POST", "/admin/users/{id}/password-link", &[ManageUsers]),
    ("GET", "/admin/users/{id}/reset-access", &[ManageUsers]),
    ("POST", "/admin/users/{id}/reset-access", &[ManageUsers]),
    ("GET", "/admin/users/{id}/delete", &[ManageUsers]),
    ("POST", "/admin/users/{id}/delete", &[ManageUsers]),
    ("GET", "/admin/roles", &[ManageRoles]),
    ("GET", "/admin/roles/new", &[ManageRoles]),
    ("POST", "/admin/roles/new", &[ManageRoles]),
    ("GET", "/admin/roles/{id}", &[ManageRoles]),
    ("POST", "/admin/roles/{id}", &[ManageRoles]),
    ("GET", "/admin/roles/{id}/delete", &[ManageRoles]),
    ("GET", "/admin/audit", &[ReadAudit]),
    ("GET", "/admin/audit/export", &[ReadAudit]),
    ("POST", "/admin/roles/{id}/delete", &[ManageRoles]),
    ("GET", "/admin/jobs", &[ManageJobs]),
    ("POST", "/admin/jobs/{id}/retry", &[ManageJobs]),
    ("POST", "/admin/jobs/{id}/discard", &[ManageJobs]),
];

#[tokio::test]
async fn each_permission_opens_its_own_pages_and_no_others() {
    let app = App::new().await;
    let others = Others::of(&app).await;

    for permission in Permission::ALL {
        let person = app.staff(&format!("{}@example.com", permission.name()), &[permission]).await;
        let browser = app.browser_of(&person).await;
        for (method, path, opened_by) in OPENS {
            let opened = ask(browser.clone(), method, &others.fill(path)).await != 403;
            assert_eq!(opened, opened_by.contains(&permission), "{method} {path} with {}", permission.name());
        }
    }
}

#[test]
fn every_page_behind_a_permission_says_which() {
    for route in all().table().iter().filter(|route| route.path.starts_with("/admin")) {
        for method in &route.methods {
            assert!(OPENS.iter().any(|row| (row.0, row.1) == (*method, route.path)), "{method} {} has no row in OPENS", route.path);
        }
    }
}

#[tokio::test]
async fn a_deactivated_person_is_a_stranger_everywhere() {
    let app = App::new().await;
    let (others, visitors) = (Others::of(&app).await, visitors(&app).await);
    app.admin("keeper@example.com").await;
    app.execute("UPDATE users SET deactivated_at = 1 WHERE username <> 'keeper'").await;

    // What a first use takes away is for everybody, and is walked above.
    for (method, path, expected) in WALK.iter().filter(|(.., expected)| expected[1] != 410) {
        for visitor in &visitors {
            assert_eq!(ask(visitor.clone(), method, &others.fill(path)).await, expected[0], "{method} {path}");
        }
    }
}

#[test]
fn every_route_is_walked() {
    for route in all().table() {
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
    let routes = routes();
    let is_about = |path: &str| (path.starts_with("/account") && !path.ends_with("{token}")) || path == "/verify" || path == "/confirm";
    for route in routes.table().iter().filter(|route| is_about(route.path)) {
        assert!(!["public", "guest"].contains(&route.access.to_string().as_str()), "{} is {}", route.path, route.access);
    }
}

async fn ask(mut browser: Browser, method: &str, path: &str) -> u16 {
    let form = (method == "POST").then_some("application/x-www-form-urlencoded");
    browser.send(Method::from_bytes(method.as_bytes()).unwrap(), path, axum::body::Body::empty(), form).await.status.as_u16()
}
