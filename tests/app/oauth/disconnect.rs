//! What is connected to an account, and what no longer shall be.
use crate::support::{App, Browser, Issuer, PASSWORD, PLAIN, Person, is_soak};
use serde_json::json;

async fn connected(app: &App, issuer: &Issuer, person: &Person, subjects: &[&str]) -> Browser {
    let mut browser = app.browser_of(person).await;
    for subject in subjects {
        issuer.says(json!({ "sub": subject, "preferred_username": format!("name-{subject}") }));
        browser.dance(issuer, "sso", "connect", "").await.redirects_to("/account/connections");
    }
    browser
}

async fn ids(app: &App) -> Vec<String> {
    app.column("identities", "id").await
}

#[tokio::test]
async fn several_of_one_provider_are_listed_by_what_they_are_called_there() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;

    let mut browser = connected(&app, &issuer, &ada, &["1", "2"]).await;

    browser.get("/account/connections").await.is(200).shows("name-1").shows("name-2").shows("<dd>never</dd>");
    app.mail_to("ada@example.com").await.says("name-2 was connected");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
    assert_eq!(app.count("identities WHERE last_used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn connecting_it_again_changes_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;

    let mut browser = connected(&app, &issuer, &ada, &["1", "1"]).await;

    browser.get("/account/connections").await.shows("was connected already");
    assert_eq!(app.count("identities").await, 1);
}

#[tokio::test]
async fn what_is_somebody_elses_stays_theirs_and_nothing_is_told_of_them() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, eve) = (app.user("ada@example.com").await, app.user("eve@example.com").await);
    connected(&app, &issuer, &ada, &["1"]).await;

    let mut browser = connected(&app, &issuer, &eve, &["1"]).await;

    browser.get("/account/connections").await.shows("connected to another account").hides("ada");
    assert_eq!(app.column("identities", "user_id").await, [ada.id.to_string()]);
    assert_eq!(app.count("audit WHERE action = 'connect' AND outcome = 'failure'").await, 1);
}

#[tokio::test]
async fn a_new_session_or_another_person_comes_back_for_nothing() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, eve) = (app.user("ada@example.com").await, app.user("eve@example.com").await);

    for who in [None, Some(&ada), Some(&eve)] {
        let mut browser = app.browser_of(&ada).await;
        let out = browser.set_out("sso", "connect", "").await;
        browser.post("/logout", &[]).await.is(303);
        if let Some(person) = who {
            browser.sign_in(&person.email, PASSWORD).await.is(303);
        }
        browser.get(&issuer.allow(&out)).await.redirects_to("/login");
    }

    assert_eq!(app.count("identities").await, 0);
}

#[tokio::test]
async fn connecting_wants_a_confirmed_address_and_a_fresh_proof() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let mut squatter = app.browser();
    squatter.register("owner@example.com", "squatter", PASSWORD).await.is(303);
    let ada = app.user("ada@example.com").await;
    let mut stale = app.browser_of(&ada).await;
    app.time_passes(std::time::Duration::from_secs(30 * 60)).await;

    squatter.get("/account/connections").await.redirects_to("/confirm");
    squatter.post("/oauth/sso/connect", &[]).await.redirects_to("/confirm");
    stale.post("/oauth/sso/connect", &[]).await.redirects_to("/verify?next=/account/connections");

    assert_eq!(app.count("oauth_attempts").await, 0);
}

#[tokio::test]
async fn disconnected_it_signs_nobody_in() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = connected(&app, &issuer, &ada, &["1"]).await;
    app.mailed().await;

    browser.post(&format!("/account/connections/{}/disconnect", ids(&app).await[0]), &[]).await.redirects_to("/account/connections");

    app.mail_to("ada@example.com").await.says("was disconnected");
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
}

#[tokio::test]
async fn nobody_disconnects_what_is_somebody_elses() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[]).await;
    let (ada, eve) = (app.user("ada@example.com").await, app.user("eve@example.com").await);
    connected(&app, &issuer, &ada, &["1"]).await;

    let path = format!("/account/connections/{}/disconnect", ids(&app).await[0]);
    app.browser_of(&eve).await.post(&path, &[]).await.is(404);

    assert_eq!(app.count("identities").await, 1);
}

#[tokio::test]
async fn the_last_way_in_stays_until_there_is_a_password() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    issuer.says(json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada" }));
    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/");
    let path = format!("/account/connections/{}/disconnect", ids(&app).await[0]);

    browser.post(&path, &[]).await.is(422).shows("the only way into your account");
    browser.get("/account/password").await.is(200).shows("Set password");
    browser.post("/account/password", &[("password", PASSWORD)]).await.redirects_to("/account/password");
    browser.post(&path, &[]).await.redirects_to("/account/connections");

    app.browser().sign_in("ada", PASSWORD).await.redirects_to("/");
}

/// It is set up no more, and signs nobody in.
#[tokio::test]
async fn one_of_a_provider_that_is_gone_is_no_way_in() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    issuer.says(json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "preferred_username": "ada" }));
    let mut browser = app.browser();
    browser.continue_with(&issuer, "sso").await.redirects_to("/");
    app.execute("INSERT INTO identities (user_id, provider, issuer, subject, label, created_at) SELECT user_id, 'gone', 'https://gone.example', 'x', 'old', 1 FROM identities").await;

    browser.get("/account/connections").await.shows("no longer offered here");
    let ids = ids(&app).await;
    browser.post(&format!("/account/connections/{}/disconnect", ids[0]), &[]).await.is(422);
    browser.post(&format!("/account/connections/{}/disconnect", ids[1]), &[]).await.redirects_to("/account/connections");
}

#[tokio::test]
async fn two_requests_at_once_leave_one_way_in() {
    for round in 0..if is_soak() { 100 } else { 10 } {
        let issuer = Issuer::start(PLAIN).await;
        let app = App::with_issuer(&issuer, &[]).await;
        let ada = app.user("ada@example.com").await;
        let browser = connected(&app, &issuer, &ada, &["1", "2"]).await;
        app.execute("UPDATE users SET password_hash = NULL").await;
        let ids = ids(&app).await;

        let requests = ids.iter().map(|id| {
            let (mut browser, path) = (browser.clone(), format!("/account/connections/{id}/disconnect"));
            tokio::spawn(async move { browser.post(&path, &[]).await.status.as_u16() })
        });
        let mut statuses = Vec::new();
        for request in requests.collect::<Vec<_>>() {
            statuses.push(request.await.unwrap());
        }

        statuses.sort();
        assert_eq!((statuses, app.count("identities").await), (vec![303, 422], 1), "round {round}");
    }
}
