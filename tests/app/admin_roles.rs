//! The editor of roles.
use crate::support::{App, Browser};
use app::accounts::Permission::{ManageRoles, ModeratePosts};

async fn admin(app: &App) -> Browser {
    let boss = app.admin("boss@example.com").await;
    app.browser_of(&boss).await
}

#[tokio::test]
async fn a_role_is_added_given_and_counts_from_the_next_page_on() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let mut of_ada = app.browser_of(&ada).await;
    let form =
        [("name", "Reader"), ("description", "Reads"), ("permissions", "users.read"), ("permissions", "audit.read"), ("includes", "user")];

    browser.post("/admin/roles/new", &form).await.redirects_to("/admin/roles");
    browser.get("/admin/roles").await.shows("reader").shows("users.read");
    of_ada.get("/admin/users").await.is(403);
    browser.post(&format!("/admin/users/{}/roles", ada.id), &[("roles", "user"), ("roles", "reader")]).await.is(303);

    of_ada.get("/admin/users").await.is(200);
    of_ada.get("/admin/audit").await.is(200);
    of_ada.get("/admin/roles").await.is(403);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_it() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    let name = |name: &'static str| [("name", name), ("description", "")];

    for odd in ["", "-x", "a b", "a@b", "ä"] {
        browser.post("/admin/roles/new", &name(odd)).await.refuses("name");
    }
    browser.post("/admin/roles/new", &name("moderator")).await.refuses("name");
    browser.post("/admin/roles/new", &[("name", "x"), ("description", ""), ("permissions", "everything")]).await.refuses("permissions");
    browser.post("/admin/roles/new", &[("name", "x"), ("description", ""), ("permissions", "*")]).await.refuses("permissions");
    browser.post("/admin/roles/new", &[("name", "x"), ("description", ""), ("includes", "admin")]).await.is(422).shows("cannot be changed");
    browser.post("/admin/roles/new", &[("name", "x"), ("name", "y"), ("description", "")]).await.is(422);
    assert_eq!(app.count("roles").await, 3);
}

#[tokio::test]
async fn a_role_that_is_gone_can_be_neither_included_nor_given() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);

    browser
        .post("/admin/roles/new", &[("name", "x"), ("description", "kept"), ("includes", "ghost")])
        .await
        .refuses("includes")
        .shows("kept");
    browser.post(&format!("/admin/users/{}/roles", ada.id), &[("roles", "ghost")]).await.is(422).shows("no role ghost");

    assert_eq!(app.count("roles").await, 3);
}

#[tokio::test]
async fn a_role_that_allowed_everything_allows_less_once_it_is_said() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    app.role("helper", &[]).await;
    app.execute("UPDATE roles SET permissions = '*', effective = '*' WHERE name = 'helper'").await;
    let id = app.column("roles WHERE name = 'helper'", "id").await[0].clone();

    browser.post(&format!("/admin/roles/{id}"), &[("name", "helper"), ("description", ""), ("permissions", "users.read")]).await.is(303);

    assert_eq!(app.column("roles WHERE name = 'helper'", "effective").await, ["users.read"]);
}

#[tokio::test]
async fn who_gives_up_their_own_role_is_led_where_they_may_be() {
    let app = App::new().await;
    app.admin("boss@example.com").await;
    let ada = app.admin("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post(&format!("/admin/users/{}/roles", ada.id), &[("roles", "user")]).await.redirects_to("/account");

    browser.get("/account").await.is(200).shows("no longer give and take roles");
    browser.get("/admin").await.is(403);
}

#[tokio::test]
async fn a_role_is_changed_renamed_and_deleted() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    let ada = app.staff("ada@example.com", &[ModeratePosts]).await;
    let id = app.column("roles WHERE name = 'role-of-ada'", "id").await[0].clone();

    browser.get(&format!("/admin/roles/{id}")).await.is(200).shows("value=\"posts.moderate\" checked");
    let form = [("name", "helper"), ("description", "Helps"), ("permissions", "users.read")];
    browser.post(&format!("/admin/roles/{id}"), &form).await.redirects_to("/admin/roles");
    browser.get(&format!("/admin/users/{}", ada.id)).await.shows("Helps").hides("value=\"role-of-ada\"");
    browser.get(&format!("/admin/roles/{id}/delete")).await.is(200).shows("One person holds");
    browser.post(&format!("/admin/roles/{id}/delete"), &[]).await.redirects_to("/admin/roles");

    browser.get(&format!("/admin/roles/{id}")).await.is(404);
    browser.get("/admin/audit?action=update-role").await.shows("role-of-ada").shows("helper");
}

#[tokio::test]
async fn what_a_newer_version_wrote_into_a_role_stays() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    app.execute("UPDATE roles SET permissions = 'posts.moderate reports.read' WHERE name = 'moderator'").await;
    let id = app.column("roles WHERE name = 'moderator'", "id").await[0].clone();

    let form = [("name", "moderator"), ("description", ""), ("permissions", "audit.read")];
    browser.post(&format!("/admin/roles/{id}"), &form).await.redirects_to("/admin/roles");

    assert_eq!(app.column("roles WHERE name = 'moderator'", "permissions").await, ["audit.read reports.read"]);
}

#[tokio::test]
async fn built_in_roles_have_no_page_that_deletes_them() {
    let app = App::new().await;
    let mut browser = admin(&app).await;

    for id in app.column("roles WHERE name IN ('admin', 'user')", "id").await {
        browser.get(&format!("/admin/roles/{id}/delete")).await.is(403);
        browser.post(&format!("/admin/roles/{id}/delete"), &[]).await.is(403);
    }
}

#[tokio::test]
async fn a_role_that_allows_more_than_one_may_do_cannot_be_touched() {
    let app = App::new().await;
    let clerk = app.staff("clerk@example.com", &[ManageRoles]).await;
    let id = app.column("roles WHERE name = 'moderator'", "id").await[0].clone();
    let mut browser = app.browser_of(&clerk).await;
    browser.get(&format!("/admin/roles/{id}")).await.is(200).shows("allows more than you may do").hides("name=\"permissions\"");

    for name in ["moderator", "renamed"] {
        let form = [("name", name), ("description", "New words"), ("permissions", "posts.moderate"), ("includes", "user")];
        browser.post(&format!("/admin/roles/{id}"), &form).await.is(403);
    }
    browser.post(&format!("/admin/roles/{id}/delete"), &[]).await.is(403);
}
