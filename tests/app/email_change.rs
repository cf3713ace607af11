//! Another address for an account, and the way back.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, Person, is_soak};
use std::time::Duration;

const NEW: &str = "countess@example.org";

/// The link that was mailed to the new address.
async fn ask(app: &App, browser: &mut Browser, email: &str) -> String {
    browser.post("/account/email", &[("email", email)]).await.redirects_to("/account/email");
    app.mail_to(email).await.link()
}

async fn ada(app: &App) -> (Person, Browser) {
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    (ada, browser)
}

/// The link that was mailed to the old address.
async fn change(app: &App, browser: &mut Browser, email: &str) -> String {
    let link = ask(app, browser, email).await;
    browser.post(&link, &[]).await.redirects_to("/account");
    app.mailed().await.into_iter().find(|mail| mail.subject == "Your email address was changed").expect("a way back").link()
}

/// M1.
#[tokio::test]
async fn it_changes_once_the_link_at_the_new_address_is_used() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    browser.post("/account/email", &[("email", NEW)]).await.redirects_to("/account/email");
    let mails = app.mailed().await;
    mails.iter().find(|mail| mail.to == "ada@example.com").expect("a notice").says(NEW);
    let link = mails.iter().find(|mail| mail.to == NEW).expect("a link").link();

    browser.get("/account/email").await.is(200).shows(NEW);
    browser.get(&link).await.is(200).shows(NEW);
    assert_eq!(app.column("users", "email").await, ["ada@example.com"]);
    browser.post(&link, &[]).await.redirects_to("/account");

    browser.get("/account").await.is(200).shows(NEW);
    assert_eq!(app.column("users", "email").await, [NEW]);
    browser.post(&link, &[]).await.is(410);
}

#[tokio::test]
async fn it_takes_a_proof_of_who_asks() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    app.time_passes(Duration::from_secs(30 * 60)).await;

    browser.get("/account/email").await.redirects_to("/verify?next=/account/email");
    browser.post("/account/email", &[("email", NEW)]).await.redirects_to("/verify?next=/account/email");

    assert_eq!(app.count("tokens").await, 0);
}

/// E5: the owner of the taken address is told, and nobody else.
#[tokio::test]
async fn a_taken_address_gets_the_answer_of_a_free_one() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    app.user("taken@example.com").await;
    let mut pages = Vec::new();

    for email in ["free1@example.com", "taken@example.com"] {
        let before = app.db().round_trips();
        let answer = browser.post("/account/email", &[("email", email)]).await;
        let trips = app.db().round_trips() - before;
        pages.push((
            answer.status,
            answer.header("location").to_owned(),
            trips,
            browser.get("/account/email").await.body.replace(email, ""),
        ));
    }

    assert_eq!(pages[0], pages[1]);
    let mails = app.mailed().await;
    mails.iter().find(|mail| mail.to == "taken@example.com").unwrap().says("nothing was changed");
    assert!(!mails.iter().any(|mail| mail.to == "taken@example.com" && mail.text.contains("/account/email/")));
}

#[tokio::test]
async fn it_can_be_cancelled_and_replaced() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let (_, mut browser) = ada(&app).await;
    let first = ask(&app, &mut browser, NEW).await;
    let second = ask(&app, &mut browser, "second@example.org").await;
    browser.get(&first).await.is(410);

    browser.post("/account/email/cancel", &[]).await.redirects_to("/account/email");

    browser.get(&second).await.is(410);
    browser.get("/account/email").await.hides("second@example.org");
    browser.post("/account/email", &[("email", "ada@example.com")]).await.refuses("email");
}

/// M5.
#[tokio::test]
async fn the_link_acts_for_nobody_else() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    let eve = app.user("eve@example.com").await;
    let link = ask(&app, &mut browser, NEW).await;

    app.browser().get(&link).await.redirects_to(&format!("/login?next={link}"));
    app.browser().post(&link, &[]).await.redirects_to("/login");
    app.browser_of(&eve).await.post(&link, &[]).await.is(403);

    assert_eq!(app.count(&format!("users WHERE email = '{NEW}'")).await, 0);
}

/// M4, M6.
#[tokio::test]
async fn what_was_open_ends_with_it_and_it_ends_with_a_new_password() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let (person, mut browser) = ada(&app).await;
    let mut elsewhere = app.browser_of(&person).await;
    app.browser().post("/password/forgot", &[("email", "ada@example.com")]).await.is(303);
    let reset = app.mail_to("ada@example.com").await.link();

    change(&app, &mut browser, NEW).await;
    app.browser().get(&reset).await.is(410);
    assert!(!elsewhere.is_signed_in().await && browser.is_signed_in().await);

    let pending = ask(&app, &mut browser, "third@example.org").await;
    browser.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(303);
    browser.get(&pending).await.is(410);
}

/// M3.
#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_refused_without_a_word_of_whose() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    let link = ask(&app, &mut browser, NEW).await;
    app.user(NEW).await;

    browser.post(&link, &[]).await.is(410).hides("taken");

    assert_eq!(app.count("users WHERE email = 'ada@example.com'").await, 1);
}

#[tokio::test]
async fn the_old_address_takes_the_account_back() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let (_, mut thief) = ada(&app).await;
    let undo = change(&app, &mut thief, "thief@example.org").await;
    thief.post("/account/password", &[("current_password", PASSWORD), ("password", OTHER_PASSWORD)]).await.is(303);
    let second = change(&app, &mut thief, "thief2@example.org").await;
    assert!(undo.starts_with("/account/email/undo/"));

    app.browser().get(&undo).await.is(200).shows("ada@example.com");
    app.browser().post(&undo, &[]).await.redirects_to("/check-inbox");

    assert!(!thief.is_signed_in().await);
    app.browser().sign_in("ada@example.com", OTHER_PASSWORD).await.is(422);
    let link = app.mail_to("ada@example.com").await.link();
    app.browser().post(&second, &[]).await.is(410);
    app.browser().post(&link, &[("password", "copper 58 violin harbour")]).await.redirects_to("/login");
    app.browser().sign_in("ada@example.com", "copper 58 violin harbour").await.redirects_to("/");
    app.browser().post(&undo, &[]).await.is(410);
}

#[tokio::test]
async fn an_address_that_can_be_taken_back_is_nobody_elses() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let (_, mut browser) = ada(&app).await;
    change(&app, &mut browser, NEW).await;
    let eve = app.user("eve@example.com").await;
    let mut eve = app.browser_of(&eve).await;

    app.browser().register("ada@example.com", "bea", PASSWORD).await.refuses("email");
    eve.post("/account/email", &[("email", "ada@example.com")]).await.is(303);
    app.mail_to("ada@example.com").await.says("nothing was changed");
    app.time_passes(Duration::from_secs(72 * 60 * 60 + 1)).await;

    app.browser().register("ada@example.com", "bea", PASSWORD).await.redirects_to("/account");
}

/// M2: the link that was mailed to A can only ever confirm A.
#[tokio::test]
async fn two_changes_at_once_never_confirm_an_address_whose_link_was_not_used() {
    let app = App::with(&[("LIMIT_SCALE", "100000")]).await;
    let twin = app.twin().await;
    for round in 0..if is_soak() { 500 } else { 10 } {
        let person = app.user(&format!("ada{round}@example.com")).await;
        let mut browser = app.browser_of(&person).await;
        let (mine, victims) = (format!("mine{round}@example.org"), format!("victim{round}@example.org"));
        let link = ask(&app, &mut browser, &mine).await;
        let mut other = browser.moved_to(&twin);

        let asks = tokio::spawn(async move { other.post("/account/email", &[("email", &victims)]).await.status.as_u16() });
        let used = browser.post(&link, &[]).await.status.as_u16();
        asks.await.unwrap();

        let email = app.column(&format!("users WHERE id = {}", person.id), "email").await[0].clone();
        let expected = if used == 303 { mine } else { person.email };
        assert_eq!(email, expected, "round {round}: {used}");
    }
}

#[tokio::test]
async fn asking_again_too_soon_leaves_the_mailed_link_as_it_was() {
    let app = App::new().await;
    let (_, mut browser) = ada(&app).await;
    let link = ask(&app, &mut browser, NEW).await;

    browser.post("/account/email", &[("email", NEW)]).await.redirects_to("/account/email");

    assert!(app.mailed().await.is_empty());
    browser.post(&link, &[]).await.redirects_to("/account");
}
