//! The page of a person, and what can be done to them.
use crate::support::{App, Browser, PASSWORD};
use app::accounts::Permission::{ManageUsers, ReadUsers};

async fn admin(app: &App) -> Browser {
    let boss = app.admin("boss@example.com").await;
    app.browser_of(&boss).await
}

#[tokio::test]
async fn somebody_is_deactivated_with_a_reason_and_let_in_again() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let mut of_ada = app.browser_of(&ada).await;
    let page = format!("/admin/users/{}", ada.id);

    browser.post(&format!("{page}/deactivate"), &[("reason", "")]).await.refuses("reason");
    browser.post(&format!("{page}/deactivate"), &[("reason", "spam")]).await.redirects_to(&page);
    assert!(!of_ada.is_signed_in().await);
    app.browser().sign_in("ada", PASSWORD).await.is(422).shows("deactivated");
    browser.get(&page).await.shows("is deactivated").shows("spam");

    browser.post(&format!("{page}/activate"), &[]).await.redirects_to(&page);
    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn a_reason_that_is_too_long_is_no_reason() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let reason = "x".repeat(201);

    for action in ["deactivate", "activate", "sign-out", "reset-access", "delete"] {
        browser.post(&format!("/admin/users/{}/{action}", ada.id), &[("reason", &reason)]).await.is(422).shows("200 characters");
    }
    assert!(app.row(&ada).await.is_active());
}

#[tokio::test]
async fn somebody_is_signed_out_everywhere() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let (mut here, mut there) = (app.browser_of(&ada).await, app.browser_of(&ada).await);

    browser.post(&format!("/admin/users/{}/sign-out", ada.id), &[]).await.is(303);

    assert!(!here.is_signed_in().await && !there.is_signed_in().await && browser.is_signed_in().await);
}

#[tokio::test]
async fn without_mail_a_person_is_added_and_sets_a_password_by_the_link_that_is_shown_once() {
    let app = App::with(&[("MAIL", "off")]).await;
    let mut browser = admin(&app).await;
    browser.post("/admin/users/new", &[("email", "ada"), ("username", "ada")]).await.refuses("email");
    browser.post("/admin/users/new", &[("email", "boss@example.com"), ("username", "ada")]).await.refuses("email");

    let added = browser.post("/admin/users/new", &[("email", "ada@example.com"), ("username", "ada")]).await;
    let path = added.header("location").to_owned();
    let page = browser.get(&path).await;
    let link = page.body.split("value=\"http://").nth(1).unwrap().split('"').next().unwrap();
    let link = link[link.find('/').unwrap()..].to_owned();
    browser.get(&path).await.hides(&link);

    app.browser().post(&link, &[("password", PASSWORD)]).await.redirects_to("/login");
    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
    assert_eq!(app.column("users WHERE username = 'ada'", "email_confirmed_at").await, [""], "it proves no address");
}

#[tokio::test]
async fn access_is_reset_and_begins_anew_with_a_link() {
    let app = App::with(&[("MAIL", "off")]).await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let mut of_ada = app.browser_of(&ada).await;
    let page = format!("/admin/users/{}", ada.id);

    browser.get(&format!("{page}/reset-access")).await.is(200).shows("ada");
    browser.post(&format!("{page}/reset-access"), &[("reason", "stolen laptop")]).await.redirects_to(&page);

    assert!(!of_ada.is_signed_in().await);
    app.browser().sign_in("ada", PASSWORD).await.is(422);
    browser.get(&page).await.shows("/password/reset/").shows("no password");
}

#[tokio::test]
async fn a_person_is_deleted_and_the_audit_remains() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let page = format!("/admin/users/{}", ada.id);

    browser.get(&format!("{page}/delete")).await.is(200).shows("Nothing brings it back");
    browser.post(&format!("{page}/delete"), &[("reason", "asked for it")]).await.redirects_to("/admin/users");

    browser.get(&page).await.is(404);
    browser.get(&format!("/admin/audit?target=%23{}", ada.id)).await.shows("asked for it").shows("delete-user");
}

#[tokio::test]
async fn every_deed_is_done_again_once_it_is_proven_who_does_it() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);
    let page = format!("/admin/users/{}", ada.id);
    app.time_passes(std::time::Duration::from_secs(3600)).await;

    for deed in ["activate", "deactivate", "sign-out", "roles", "password-link"] {
        browser.post(&format!("{page}/{deed}"), &[("reason", "x")]).await.redirects_to(&format!("/verify?next={page}"));
    }

    browser.get(&format!("/verify?next={page}")).await.shows("Nothing has happened yet");
    assert!(app.row(&ada).await.is_active());
}

#[tokio::test]
async fn each_sees_what_they_may() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let reader = app.staff("reader@example.com", &[ReadUsers]).await;
    let manager = app.staff("manager@example.com", &[ManageUsers]).await;
    let page = format!("/admin/users/{}", ada.id);

    let mut browser = app.browser_of(&reader).await;
    browser.get("/admin").await.is(200).shows("/admin/users").hides("/admin/roles").hides("/admin/audit");
    browser.get(&page).await.is(200).hides("Deactivate").hides("Save roles");
    browser.get("/admin/audit").await.is(403).hides("audit.read");

    let mut browser = app.browser_of(&manager).await;
    browser.get(&page).await.is(200).shows("Deactivate").hides("Save roles");
}
