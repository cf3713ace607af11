//! Whoever something is done to is told by mail.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD};
use app::{
    db::writing,
    mail::{self, messages},
};

async fn admin(app: &App) -> Browser {
    let boss = app.admin("boss@example.com").await;
    let browser = app.browser_of(&boss).await;
    app.mailed().await;
    browser
}

#[tokio::test]
async fn every_action_of_an_admin_is_told_with_its_reason() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let mut browser = admin(&app).await;
    let ada = app.user("ada@example.com").await;
    app.browser_of(&ada).await;
    let page = format!("/admin/users/{}", ada.id);
    app.mailed().await;

    for (action, fields, words) in [
        ("sign-out", vec![("reason", "stolen laptop")], "signed you out on every device"),
        ("roles", vec![("roles", "moderator"), ("roles", "user")], "They are now: moderator, user."),
        ("deactivate", vec![("reason", "spam")], "Reason: spam"),
        ("activate", vec![], "let you in again"),
        ("delete", vec![("reason", "asked for it")], "Reason: asked for it"),
    ] {
        browser.post(&format!("{page}/{action}"), &fields).await.is(303);
        app.mail_to("ada@example.com").await.says(words);
    }
}

#[tokio::test]
async fn a_password_link_is_mailed_and_shown_to_nobody() {
    let app = App::new().await;
    let (mut browser, ada) = (admin(&app).await, app.user("ada@example.com").await);

    browser.post(&format!("/admin/users/{}/password-link", ada.id), &[]).await.is(303);
    browser.get(&format!("/admin/users/{}", ada.id)).await.is(200).shows("on its way").hides("/password/reset/");

    let link = app.mail_to("ada@example.com").await.link();
    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");
}

#[tokio::test]
async fn who_is_added_confirms_by_setting_a_password() {
    let app = App::new().await;
    let mut browser = admin(&app).await;
    let added = browser.post("/admin/users/new", &[("email", "ada@example.com"), ("username", "ada")]).await;
    browser.get(added.header("location")).await.hides("/password/reset/").shows("not confirmed");

    let link = app.mail_to("ada@example.com").await.link();
    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    browser.get(added.header("location")).await.hides("not confirmed");
}

#[tokio::test]
async fn a_change_of_password_is_told() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(303);

    assert_eq!(app.mail_to("ada@example.com").await.subject, "Your password was changed");
}

#[tokio::test]
async fn what_is_rolled_back_mails_nobody() {
    let app = App::new().await;

    let tx = writing(app.db()).await.unwrap();
    mail::send(&tx, &app.state.config, "ada@example.com", None, &messages::Test {}).await.unwrap();
    drop(tx);
    assert_eq!(app.count("jobs").await, 0);

    let tx = writing(app.db()).await.unwrap();
    mail::send(&tx, &app.state.config, "ada@example.com", None, &messages::Test {}).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.mail_to("ada@example.com").await.subject, "Mail works");
}
