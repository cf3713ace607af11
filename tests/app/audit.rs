use crate::support::{App, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn what_people_do_to_their_accounts_is_recorded() {
    let app = App::new().await;
    let mut browser = app.browser().at_address("203.0.113.7");
    browser.register("ada@example.com", "ada", PASSWORD).await.redirects_to("/account");
    browser.post("/account", &[("username", "countess"), ("name", "")]).await.redirects_to("/account");
    browser
        .post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)])
        .await
        .redirects_to("/account/password");
    browser.post("/logout", &[]).await.redirects_to("/login");

    let actions =
        app.column("audit WHERE outcome = 'success' AND ip = '203.0.113.7' AND actor_id = 1 AND target = 'user:1'", "action").await;

    assert_eq!(actions, ["change-password", "register", "sign-in", "sign-out", "update-profile"]);
}

#[tokio::test]
async fn a_failed_sign_in_is_recorded_without_what_was_typed() {
    let app = App::new().await;

    app.browser().sign_in("my secret password\r\nforged line", "x").await.is(422);

    assert_eq!(
        app.count("audit WHERE action = 'sign-in' AND outcome = 'failure' AND actor_id IS NULL AND length(request_id) = 16").await,
        1
    );
    assert!(app.column("audit", "detail").await.iter().all(|detail| !detail.contains("secret") && !detail.contains('\n')));
}

#[tokio::test]
async fn the_try_that_closes_the_door_says_so_and_those_after_it_leave_no_row() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    for status in [422; 10].into_iter().chain([429, 429]) {
        browser.sign_in("ada", "not the password").await.is(status);
    }

    let outcomes = app.column("audit WHERE action = 'sign-in'", "outcome").await;
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "failure").count(), 9);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "closed").count(), 1);
}

#[tokio::test]
async fn the_database_holds_no_cookie_and_no_password() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let cookie = browser.session_cookie().unwrap();

    for (table, column) in [
        ("sessions", "id"),
        ("sessions", "public_id"),
        ("sessions", "data"),
        ("users", "password_hash"),
        ("throttles", "id"),
        ("audit", "detail"),
    ] {
        let values = app.column(table, column).await;
        assert!(
            values.iter().all(|value| !value.contains(cookie) && !value.contains(PASSWORD) && !value.contains("127.0.0.1")),
            "{table}.{column}"
        );
    }
}
