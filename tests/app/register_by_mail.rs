//! Registration where the address has to be proven before there is an account.
use crate::support::{App, OTHER_PASSWORD, PASSWORD};
use std::time::Duration;

async fn app() -> App {
    App::with(&[("CONFIRM_EMAIL", "before")]).await
}

async fn ask(app: &App, email: &str) -> String {
    app.browser().post("/register", &[("email", email)]).await.redirects_to("/check-inbox");
    app.mail_to(email).await.link()
}

#[tokio::test]
async fn a_mailed_link_leads_to_the_rest_and_signs_in() {
    let app = app().await;
    app.browser().get("/register").await.is(200).hides("name=\"password\"");
    let link = ask(&app, "ada@example.com").await;
    assert_eq!(app.count("users").await, 0);
    let mut browser = app.browser();

    let page = browser.get(&link).await;
    page.is(200).shows("ada@example.com");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "private, no-store"));
    browser.post(&link, &[("username", "ada"), ("password", PASSWORD)]).await.redirects_to("/account");

    browser.get("/account").await.is(200).shows("ada@example.com");
    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL").await, 1);
    app.browser().get(&link).await.is(410);
    app.browser().post(&link, &[("username", "bea"), ("password", PASSWORD)]).await.is(410);
}

/// E1, E4.
#[tokio::test]
async fn a_free_and_a_taken_address_get_the_same_answer_and_one_mail_each() {
    let app = app().await;
    app.user("taken@example.com").await;
    let answer = async |email: &str| {
        let answer = app.browser().post("/register", &[("email", email)]).await;
        let mut headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("x-request-id") && !header.starts_with("date"));
        (answer.status, headers, answer.body)
    };

    let (free, taken) = (answer("free@example.com").await, answer("taken@example.com").await);

    assert_eq!(free, taken);
    assert_eq!(app.count("jobs").await, 2);
    let mails = app.mailed().await;
    assert_eq!(mails.len(), 2);
    mails.iter().find(|mail| mail.to == "taken@example.com").unwrap().says("It has one already");
    assert_eq!((app.count("users").await, app.count("tokens").await), (1, 1));
}

#[tokio::test]
async fn what_is_refused_leaves_the_link_as_it_was() {
    let app = app().await;
    app.user("grace@example.com").await;
    let link = ask(&app, "ada@example.com").await;

    app.browser().post(&link, &[("username", "grace"), ("password", PASSWORD)]).await.refuses("username");
    app.browser().post(&link, &[("username", "ada"), ("password", "password password")]).await.refuses("password");
    app.browser().post(&link, &[("username", "a"), ("password", "short")]).await.refuses("username").refuses("password");

    app.browser().post(&link, &[("username", "ada"), ("password", PASSWORD)]).await.redirects_to("/account");
}

#[tokio::test]
async fn the_link_ends_with_a_newer_one_after_a_day_and_with_somebody_faster() {
    let app = app().await;
    let old = ask(&app, "ada@example.com").await;
    app.time_passes(Duration::from_secs(61)).await;
    let new = ask(&app, "ada@example.com").await;
    app.browser().get(&old).await.is(410);
    app.browser().get(&new).await.is(200);

    app.user("ada@example.com").await;
    app.browser().post(&new, &[("username", "bea"), ("password", PASSWORD)]).await.is(410);

    let late = ask(&app, "late@example.com").await;
    app.time_passes(Duration::from_secs(24 * 60 * 60 + 1)).await;
    app.browser().get(&late).await.is(410).hides("late@");
}

/// T15, T2.
#[tokio::test]
async fn of_twenty_who_use_it_at_once_one_succeeds() {
    let app = App::with(&[("CONFIRM_EMAIL", "before"), ("LIMIT_SCALE", "10")]).await;
    let link = ask(&app, "ada@example.com").await;
    let tries: Vec<_> = (0..20)
        .map(|n| {
            let (mut browser, link) = (app.browser(), link.clone());
            tokio::spawn(async move {
                browser.post(&link, &[("username", &format!("ada{n}")), ("password", OTHER_PASSWORD)]).await.status.as_u16()
            })
        })
        .collect();

    let mut answers = Vec::new();
    for answer in tries {
        answers.push(answer.await.unwrap());
    }

    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (303, vec![410; 19].as_slice()));
    assert_eq!(app.count("users").await, 1);
}

#[tokio::test]
async fn only_addresses_of_these_domains_may_register_where_some_are_named() {
    let app = App::with(&[("CONFIRM_EMAIL", "before"), ("REGISTRATION_DOMAINS", "example.com, example.org")]).await;

    app.browser().post("/register", &[("email", "ada@example.net")]).await.refuses("email");
    app.browser().post("/register", &[("email", "ada@sub.example.com")]).await.refuses("email");
    app.browser().post("/register", &[("email", "Ada@EXAMPLE.org")]).await.redirects_to("/check-inbox");

    let ada = app.user("ada@example.com").await;
    app.browser_of(&ada).await.post("/account/email", &[("email", "ada@example.net")]).await.refuses("email");
}

/// T17.
#[tokio::test]
async fn where_registration_is_closed_there_is_no_such_page() {
    let app = App::with(&[("REGISTRATION", "closed")]).await;

    app.browser().get("/").await.is(200).hides("/register");
    app.browser().get("/register").await.is(404);
    app.browser().register("ada@example.com", "ada", PASSWORD).await.is(404);
}

#[tokio::test]
async fn a_link_does_what_the_settings_of_now_allow() {
    let app = app().await;
    let link = ask(&app, "ada@example.com").await;

    for settings in [("REGISTRATION", "closed"), ("REGISTRATION_DOMAINS", "example.org")] {
        let other = App::on(&app.url(), &[("CONFIRM_EMAIL", "before"), settings], |routes| routes).await;
        other.browser().get(&link).await.is(410);
        other.browser().post(&link, &[("username", "ada"), ("password", PASSWORD)]).await.is(410);
    }
    assert_eq!(app.count("users").await, 0);
}
