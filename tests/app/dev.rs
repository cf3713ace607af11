//! What only a debug build has.
use crate::support::{App, Browser, PASSWORD};

async fn click(browser: &mut Browser, name: &str) -> u16 {
    browser.post(&format!("/dev/personas/{name}"), &[("next", "")]).await.status.as_u16()
}

#[tokio::test]
async fn a_click_signs_in_as_somebody_of_each_kind() {
    let app = App::new().await;
    let (mut ada, mut grace, mut alan) = (app.browser(), app.browser(), app.browser());

    assert_eq!([click(&mut ada, "ada").await, click(&mut grace, "grace").await, click(&mut alan, "alan").await], [303; 3]);

    ada.get("/admin/users").await.is(200).shows("grace@example.test");
    grace.get("/admin").await.is(403);
    assert_eq!(
        app.column("users", "email_confirmed_at IS NULL").await.iter().filter(|is_null| *is_null == "1" || *is_null == "true").count(),
        0
    );
    alan.get("/account").await.is(200).shows("alan@example.test");
}

#[tokio::test]
async fn clicking_twice_at_once_makes_one() {
    let app = App::new().await;
    let clicks =
        [app.browser(), app.browser(), app.browser()].map(|mut browser| tokio::spawn(async move { click(&mut browser, "ada").await }));

    for click in clicks {
        assert_eq!(click.await.unwrap(), 303);
    }

    assert_eq!(app.count("users").await, 1);
    assert_eq!(app.count("user_roles JOIN roles ON roles.id = role_id WHERE name = 'admin'").await, 1);
}

#[tokio::test]
async fn a_username_that_is_taken_stops_nobody() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    assert_eq!(click(&mut browser, "ada").await, 303);

    browser.get("/account").await.is(200).shows("ada@example.test");
    assert_eq!(click(&mut browser, "eve").await, 404);
}

#[tokio::test]
async fn a_persona_proves_it_by_a_click() {
    let app = App::new().await;
    let mut browser = app.browser();
    click(&mut browser, "ada").await;

    browser.get("/verify").await.is(200).shows("action=\"/dev/personas/ada\"");

    browser.sign_in("ada@example.test", PASSWORD).await.is(422);
}

#[tokio::test]
async fn nobody_reaches_it_from_elsewhere() {
    let app = App::new().await;

    app.browser().get("/dev").await.is(200);
    app.browser().at_address("203.0.113.9").get("/dev").await.is(404);
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        app.browser().with_header(header, "127.0.0.1").get("/dev").await.is(404);
    }
    assert_eq!(click(&mut app.browser().at_address("203.0.113.9"), "ada").await, 404);
    assert_eq!(app.count("users").await, 0);
}

#[tokio::test]
async fn a_build_that_is_open_to_others_has_none_of_it() {
    let app = App::with(&[("DEV_PUBLIC", "yes"), ("BIND", "0.0.0.0:3000")]).await;
    let router = app::web::router(app.state.clone());
    let mut browser = app.browser().through(router);

    browser.get("/dev").await.is(404);
    assert_eq!(click(&mut browser, "ada").await, 404);
}
