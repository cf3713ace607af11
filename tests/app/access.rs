//! Classes of access: what opens a page, and for how long.
use crate::support::App;
use app::{
    accounts::Permission,
    web::{
        access::{all_of, any_of, guest, permission, public, signed_in},
        routes::Routes,
    },
};
use std::time::Duration;

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
