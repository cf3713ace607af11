//! A new password for who forgot theirs, by a mailed link.
use crate::support::{App, OTHER_PASSWORD, PASSWORD, Person};

async fn ask(app: &App, email: &str) {
    app.browser().post("/password/forgot", &[("email", email)]).await.redirects_to("/check-inbox");
}

async fn link_of(app: &App, person: &Person) -> String {
    ask(app, &person.email).await;
    app.mail_to(&person.email).await.link()
}

#[tokio::test]
async fn the_mailed_link_sets_a_password_and_signs_nobody_in() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let (mut before, mut browser) = (app.browser_of(&ada).await, app.browser());
    let link = link_of(&app, &ada).await;

    browser.post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    assert!(!browser.is_signed_in().await && !before.is_signed_in().await);
    browser.sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
    app.mailed().await.iter().find(|mail| mail.subject == "Your password was changed").expect("a notice");
}

/// E1: the same answer, and exactly one row in the queue.
#[tokio::test]
async fn a_known_and_an_unknown_address_get_the_same_answer_after_the_same_work() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let answer = async |email: &str| {
        let before = app.db().round_trips();
        let answer = app.browser().post("/password/forgot", &[("email", email)]).await;
        let mut headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("x-request-id"));
        (answer.status, headers, answer.body, app.db().round_trips() - before)
    };

    assert_eq!(answer("ada@example.com").await, answer("eve@example.com").await);

    assert_eq!(app.count("jobs").await, 2);
    assert_eq!(app.mailed().await.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
}

/// T9, T10.
#[tokio::test]
async fn mail_goes_to_the_stored_address_of_one_account_and_nowhere_else() {
    let app = App::with(&[("LIMIT_SCALE", "100")]).await;
    app.user("mike@example.com").await;

    for odd in ["mike@example.com,eve@example.org", "mike@example.com;eve@example.org", "mike@example.com\r\nBcc: eve@example.org"] {
        app.browser().post("/password/forgot", &[("email", odd)]).await.refuses("email");
    }
    app.browser().post("/password/forgot", &[("email", "mike@example.com"), ("email", "eve@example.org")]).await.is(422);
    app.browser().post("/password/forgot", &[("email[]", "eve@example.org")]).await.is(422);
    for other in ["mıke@example.com", "mi\u{212a}e@example.com", " MIKE@Example.COM "] {
        ask(&app, other).await;
    }

    for mail in app.mailed().await {
        assert_eq!(mail.to, "mike@example.com");
    }
}

#[tokio::test]
async fn who_is_deactivated_is_told_so_by_mail_and_gets_no_link() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    app.deactivate(&ada).await;
    app.mailed().await;

    ask(&app, "ada@example.com").await;

    app.mail_to("ada@example.com").await.says("deactivated");
    assert_eq!(app.count("tokens").await, 0);
}

#[tokio::test]
async fn links_in_mail_begin_with_base_url_whatever_the_request_says() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let headers = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("x-original-url", "http://evil.example/")];

    let mut browser = headers.into_iter().fold(app.browser(), |browser, (name, value)| browser.with_header(name, value));
    browser.post("/password/forgot", &[("email", "ada@example.com")]).await.redirects_to("/check-inbox");

    let mail = app.mail_to("ada@example.com").await;
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
    assert!(mail.link().starts_with("/password/reset/"));
}

/// L8.
#[tokio::test]
async fn a_mailed_link_opens_the_door_that_a_hundred_failures_closed() {
    let app = App::with(&[("LIMIT_SCALE", "1")]).await;
    let ada = app.user("ada@example.com").await;
    let link = link_of(&app, &ada).await;
    for n in 0..100 {
        app.browser().at_address(&format!("198.51.{}.{}", n / 5, n)).sign_in("ada", "not the password").await;
    }
    app.browser().at_address("192.0.2.1").sign_in("ada", PASSWORD).await.is(429);

    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    app.browser().at_address("192.0.2.1").sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn twenty_asks_from_one_client_are_enough_and_five_for_one_address() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    for n in 0..20 {
        ask(&app, &format!("eve{n}@example.com")).await;
    }
    app.browser().post("/password/forgot", &[("email", "ada@example.com")]).await.is(429);

    for n in 0..8 {
        app.execute("DELETE FROM throttles WHERE id LIKE 'mail-address-minute%'").await;
        app.browser().at_address(&format!("203.0.113.{n}")).post("/password/forgot", &[("email", "ada@example.com")]).await.is(303);
    }
    assert_eq!(app.mailed().await.len(), 5);
}

/// T12.
#[tokio::test]
async fn it_sets_the_password_of_whose_link_it_is_whoever_is_signed_in() {
    let app = App::new().await;
    let (ada, eve) = (app.user("ada@example.com").await, app.user("eve@example.com").await);
    let (link, mut browser) = (link_of(&app, &ada).await, app.browser_of(&eve).await);

    browser.post(&link, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    assert!(!browser.is_signed_in().await);
    app.browser().sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
    app.browser().sign_in("eve", PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn without_mail_there_is_no_such_page() {
    let app = App::with(&[("MAIL", "off")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.browser().get("/login").await.is(200).hides("/password/forgot").shows("Ask an administrator");
    for path in ["/password/forgot", "/check-inbox", "/register/x", "/account/email/undo/x", "/account/not-me/x"] {
        app.browser().get(path).await.is(404);
    }
    for path in ["/confirm", "/confirm/x", "/account/email", "/account/email/x"] {
        browser.get(path).await.is(404);
    }
    browser.get("/account").await.is(200).hides("/account/email").hides("not confirmed");
    app.browser().register("bea@example.com", "bea", PASSWORD).await.redirects_to("/account");
    assert_eq!(app.count("jobs").await, 0);
}

/// Were it mailed while the address was being changed.
#[tokio::test]
async fn a_link_mailed_to_an_address_of_before_sets_nothing() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let link = link_of(&app, &ada).await;
    app.execute("UPDATE users SET email = 'countess@example.org'").await;

    app.browser().get(&link).await.is(410);
    app.browser().post(&link, &[("password", OTHER_PASSWORD)]).await.is(410);
}
