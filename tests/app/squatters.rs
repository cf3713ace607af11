//! Who registers an address that is not theirs gets nothing of it once its owner comes (T14: pre-hijacking).
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD};

const EMAIL: &str = "owner@example.com";

async fn squat(app: &App) -> Browser {
    let mut squatter = app.browser();
    squatter.register(EMAIL, "squatter", PASSWORD).await.redirects_to("/account");
    app.mailed().await;
    squatter
}

/// As the owner does who finds that they have an account.
async fn owner_sets_a_password(app: &App) {
    app.execute("DELETE FROM throttles").await;
    app.browser().post("/password/forgot", &[("email", EMAIL)]).await.is(303);
    let link = app.mail_to(EMAIL).await.link();
    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");
}

/// Classic-federated merge: the password of before opens nothing.
#[tokio::test]
async fn the_squatters_password_is_gone() {
    let app = App::new().await;
    squat(&app).await;

    owner_sets_a_password(&app).await;

    app.browser().sign_in(EMAIL, PASSWORD).await.is(422);
    app.browser().sign_in(EMAIL, OTHER_PASSWORD).await.redirects_to("/");
    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL").await, 1);
}

/// Unexpired session.
#[tokio::test]
async fn the_squatters_sessions_are_ended() {
    let app = App::new().await;
    let mut squatter = squat(&app).await;

    owner_sets_a_password(&app).await;

    assert!(!squatter.is_signed_in().await);
}

/// Unexpired change of address.
#[tokio::test]
async fn the_squatters_pending_change_is_cancelled() {
    let app = App::new().await;
    let mut squatter = squat(&app).await;
    squatter.post("/account/email", &[("email", "squatter@example.org")]).await.is(303);
    let link = app.mail_to("squatter@example.org").await.link();

    owner_sets_a_password(&app).await;

    let mut owner = app.browser();
    owner.sign_in(EMAIL, OTHER_PASSWORD).await.is(303);
    owner.get(&link).await.is(410);
    squatter.post(&link, &[]).await.redirects_to("/login");
    assert_eq!(app.column("users", "email").await, [EMAIL]);
}

/// A link that the squatter has.
#[tokio::test]
async fn links_of_before_are_void_and_roles_are_taken() {
    let app = App::new().await;
    squat(&app).await;
    app.admin("boss@example.com").await;
    let squatter = app.person(EMAIL).await;
    app.grant_role(&squatter, "moderator").await;
    app.execute("DELETE FROM throttles").await;
    app.browser().post("/password/forgot", &[("email", EMAIL)]).await.is(303);
    let old = app.mail_to(EMAIL).await.link();

    owner_sets_a_password(&app).await;

    app.browser().get(&old).await.is(410);
    let held = "user_roles JOIN users ON users.id = user_id JOIN roles ON roles.id = role_id WHERE username = 'squatter'";
    assert_eq!(app.column(held, "roles.name").await, ["user"]);
}

/// An owner who never registered cannot bless what a stranger made.
#[tokio::test]
async fn the_confirmation_link_does_nothing_for_the_owner() {
    let app = App::new().await;
    app.browser().register(EMAIL, "squatter", PASSWORD).await.is(303);
    let link = app.mail_to(EMAIL).await.link();

    app.browser().post(&link, &[]).await.redirects_to("/login");

    assert_eq!(app.count("users WHERE email_confirmed_at IS NULL").await, 1);
}

/// A role that allows more ended the one before.
async fn new_link(app: &App, browser: &mut Browser, id: &str) -> String {
    browser.post(&format!("/admin/users/{id}/password-link"), &[]).await.is(303);
    app.mailed().await.into_iter().rfind(|mail| mail.subject == "Set your password").expect("a link").link()
}

#[tokio::test]
async fn an_account_that_an_admin_made_and_nobody_used_keeps_its_roles() {
    let app = App::new().await;
    let boss = app.admin("boss@example.com").await;
    let mut browser = app.browser_of(&boss).await;
    browser.post("/admin/users/new", &[("email", EMAIL), ("username", "olga")]).await.is(303);
    let id = app.column("users WHERE username = 'olga'", "id").await[0].clone();
    app.grant_role(&app.person(EMAIL).await, "moderator").await;
    let link = new_link(&app, &mut browser, &id).await;

    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    let held = format!("user_roles JOIN roles ON roles.id = role_id WHERE user_id = {id}");
    assert_eq!(app.column(&held, "roles.name").await, ["moderator", "user"]);
    assert_eq!(app.count(&format!("users WHERE id = {id} AND email_confirmed_at IS NOT NULL")).await, 1);
}
