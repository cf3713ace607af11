use crate::support::{App, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn people_sign_in_by_address_or_username_however_spelled() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    for identifier in ["ada@example.com", " ADA@Example.COM ", "ada", "Ada", "ａｄａ", "ada@example.com\u{200b}"] {
        let mut browser = app.browser();
        browser.sign_in(identifier, PASSWORD).await.redirects_to("/");
        assert!(browser.is_signed_in().await, "{identifier}");
    }
}

#[tokio::test]
async fn every_cause_of_a_refusal_reads_the_same() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let grace = app.user("grace@example.com").await;
    app.execute(&format!("UPDATE users SET password_hash = NULL WHERE id = {}", ada.id)).await;
    app.deactivate(&grace).await;

    let mut pages = Vec::new();
    for identifier in ["nobody@example.com", "ada@example.com", "grace@example.com"] {
        let page = app.browser().sign_in(identifier, "not the password").await;
        page.is(422).sets_no_session_cookie().shows("Email, username or password is wrong.");
        pages.push((page.body.replace(identifier, ""), page.headers.keys().map(ToString::to_string).collect::<Vec<_>>()));
    }

    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_deactivated_person_is_told_so_only_with_the_right_password() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    app.deactivate(&ada).await;

    app.browser().sign_in("ada", PASSWORD).await.is(422).shows("deactivated").sets_no_session_cookie();
    app.browser().sign_in("ada", OTHER_PASSWORD).await.is(422).hides("deactivated");
}

#[tokio::test]
async fn signing_in_leads_to_the_page_that_was_asked_for() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    browser.get("/account/password?a=b%26c").await.redirects_to("/login?next=/account/password?a=b%2526c");
    let page = browser.get("/login?next=/account/password?a=b%2526c").await;
    page.is(200).shows("Sign in to see that page.").shows("value=\"/account/password?a=b%26c\"");

    let fields = [("identifier", "ada"), ("password", PASSWORD), ("next", "/account/password?a=b%26c")];
    browser.post("/login", &fields).await.redirects_to("/account/password?a=b%26c");
}

#[tokio::test]
async fn a_form_sent_without_a_session_leads_to_the_sign_in_page_alone() {
    let app = App::new().await;

    app.browser().post("/account", &[("username", "ada"), ("name", "")]).await.redirects_to("/login");
}

#[tokio::test]
async fn who_is_signed_in_has_no_business_on_the_sign_in_page() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;

    app.browser_of(&ada).await.get("/login").await.redirects_to("/account");
}

#[tokio::test]
async fn signing_in_as_somebody_else_leaves_nothing_of_the_first() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let mut browser = app.browser_of(&ada).await;
    let mut of_ada = browser.clone();

    browser.sign_in(&grace.email, PASSWORD).await.redirects_to("/");

    browser.get("/account").await.shows("grace@example.com").hides("ada@example.com");
    assert!(!of_ada.is_signed_in().await);
    assert_eq!(app.count("sessions").await, 1);
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let twin = app.twin().await;
    let mut browser = app.browser_of(&ada).await;
    let mut copy = browser.moved_to(&twin);

    let response = browser.post("/logout", &[]).await;

    response.redirects_to("/login");
    assert_eq!(response.header("clear-site-data"), "\"cache\"");
    assert!(!copy.is_signed_in().await);
    assert_eq!(app.count("sessions").await, 0);
    browser.get("/login").await.shows("You are signed out.");
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/logout", &[]).await.redirects_to("/login");
    browser.post("/logout", &[]).await.redirects_to("/login").sets_no_session_cookie();
}

#[tokio::test]
async fn signing_out_takes_a_button() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.get("/logout").await.is(405);

    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_deactivated_person_is_out_at_the_next_request() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.deactivate(&ada).await;

    browser.get("/account").await.redirects_to("/login?next=/account");
}
