//! Whose account it is. An address decides that only where it is proven: said to be verified by a provider that is trusted to
//! know, and held by nobody or by somebody who has proved it as well.
use crate::support::{App, Issuer, PASSWORD, PLAIN};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.com";

/// Who has the address before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    No,
    Unconfirmed,
    Confirmed,
}
use Held::{Confirmed, No, Unconfirmed};

/// Where it leads, and whose the identity is then: nobody's, that of a new account, or that of the one that has the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    In,
    InAndConnects,
    ToTheForm,
    ToSignInFirst,
}
use Leads::{In, InAndConnects, ToSignInFirst, ToTheForm};

async fn outcome(verified: Value, trusted: bool, held: Held) -> (App, Leads) {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", if trusted { "yes" } else { "no" })]).await;
    match held {
        No => {}
        Unconfirmed => drop(app.browser().register(EMAIL, "holder", PASSWORD).await),
        Confirmed => {
            app.user(EMAIL).await;
            app.execute("UPDATE users SET username = 'holder', email_confirmed_at = 1").await;
        }
    }
    issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": verified, "preferred_username": "ada" }));
    let mut browser = app.browser();
    let leads_to = browser.continue_with(&issuer, "sso").await.header("location").to_owned();
    let leads = match (leads_to.as_str(), held) {
        ("/", No) => In,
        ("/", _) => InAndConnects,
        ("/oauth/finish", _) => ToTheForm,
        ("/login?next=/account/connections", _) => ToSignInFirst,
        _ => panic!("it leads to {leads_to}"),
    };
    assert_eq!(browser.is_signed_in().await, matches!(leads, In | InAndConnects));
    let whose = app.column("identities JOIN users ON users.id = user_id", "users.username").await;
    assert_eq!(
        whose.first().map(String::as_str),
        match leads {
            In => Some("ada"),
            InAndConnects => Some("holder"),
            ToTheForm | ToSignInFirst => None,
        }
    );
    (app, leads)
}

#[tokio::test]
async fn the_table_of_who_gets_in_and_as_whom() {
    for (verified, trusted, held, expected) in [
        (true, true, No, In),
        (true, true, Confirmed, InAndConnects),
        (true, true, Unconfirmed, InAndConnects),
        (true, false, No, ToTheForm),
        (true, false, Confirmed, ToSignInFirst),
        (true, false, Unconfirmed, ToSignInFirst),
        (false, true, No, ToTheForm),
        (false, true, Confirmed, ToSignInFirst),
        (false, true, Unconfirmed, ToSignInFirst),
        (false, false, No, ToTheForm),
        (false, false, Confirmed, ToSignInFirst),
        (false, false, Unconfirmed, ToSignInFirst),
    ] {
        let (_, leads) = outcome(verified.into(), trusted, held).await;
        assert_eq!(leads, expected, "verified {verified}, trusted {trusted}, held {held:?}");
    }
}

#[tokio::test]
async fn verified_is_what_says_so_plainly() {
    for verified in [json!("true"), json!("false"), Value::Null] {
        let (_, leads) = outcome(verified.clone(), true, Confirmed).await;
        assert_eq!(leads, ToSignInFirst, "{verified}");
    }
}

/// Where it is no boolean at all, nobody is let in.
#[tokio::test]
async fn a_number_is_no_boolean() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.user(EMAIL).await;

    issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": 1 }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/login");

    assert_eq!(app.count("identities").await, 0);
}

#[tokio::test]
async fn whoever_had_proved_the_address_is_told_by_mail() {
    let (app, _) = outcome(true.into(), true, Confirmed).await;

    app.mail_to(EMAIL).await.says("Your Sso account ada@example.com was connected.").says("/account/connections");

    app.browser().sign_in(EMAIL, PASSWORD).await.redirects_to("/");
}

/// Pre-hijacking, by a provider: who registered an address that was not theirs has nothing left of it.
#[tokio::test]
async fn whoever_had_not_proved_it_loses_what_they_made() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.admin("boss@example.com").await;
    let mut squatter = app.browser();
    squatter.register(EMAIL, "squatter", PASSWORD).await.redirects_to("/account");
    app.grant_role(&app.person(EMAIL).await, "moderator").await;
    squatter.post("/account/email", &[("email", "squatter@example.org")]).await.is(303);
    let link = app.mail_to("squatter@example.org").await.link();

    let mut owner = app.browser();
    issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": true }));
    owner.continue_with(&issuer, "sso").await.redirects_to("/");

    assert!(owner.is_signed_in().await && !squatter.is_signed_in().await);
    app.browser().sign_in(EMAIL, PASSWORD).await.is(422);
    owner.get(&link).await.is(410);
    let held = "user_roles JOIN users ON users.id = user_id JOIN roles ON roles.id = role_id WHERE username = 'squatter'";
    assert_eq!(app.column(held, "roles.name").await, ["user"]);
    assert_eq!(app.count(&format!("users WHERE email = '{EMAIL}' AND email_confirmed_at IS NOT NULL")).await, 1);
}

#[tokio::test]
async fn without_mail_an_address_that_is_held_always_means_to_sign_in_first() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes"), ("MAIL", "off")]).await;
    app.user(EMAIL).await;

    issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": true }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/login?next=/account/connections");

    assert_eq!(app.count("identities").await, 0);
}

/// They would take the account back by it.
#[tokio::test]
async fn an_address_that_somebody_may_take_an_account_back_by_is_held() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let ada = app.user(EMAIL).await;
    let mut browser = app.browser_of(&ada).await;
    browser.post("/account/email", &[("email", "countess@example.org")]).await.is(303);
    let link = app.mail_to("countess@example.org").await.link();
    browser.post(&link, &[]).await.is(303);

    issuer.says(json!({ "sub": "1", "email": EMAIL, "email_verified": true, "preferred_username": "eve" }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/login?next=/account/connections");

    assert_eq!((app.count("users").await, app.count("identities").await), (1, 0));
}

/// One address, two identities, or one twice: one account, and nobody meets an error.
#[tokio::test]
async fn of_many_who_come_at_once_one_makes_the_account() {
    for round in 0..if crate::support::is_soak() { 100 } else { 5 } {
        let issuer = Issuer::start(PLAIN).await;
        let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
        issuer.says(json!({ "sub": "1815", "email": EMAIL, "email_verified": true, "preferred_username": "ada" }));
        let mut returns = Vec::new();
        for _ in 0..6 {
            let mut browser = app.browser();
            let out = browser.set_out("sso", "login", "").await;
            let back = issuer.allow(&out);
            returns.push(tokio::spawn(async move { browser.get(&back).await.header("location").to_owned() }));
        }

        for returned in returns {
            assert_eq!(returned.await.unwrap(), "/", "round {round}");
        }

        assert_eq!((app.count("users").await, app.count("identities").await, app.count("sessions").await), (1, 1, 6), "round {round}");
    }
}

/// To the provider it is another mailbox than to us.
#[tokio::test]
async fn an_address_that_only_looks_the_same_once_it_is_written_our_way_is_not_proven() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    app.user(EMAIL).await;

    for email in ["\u{ff41}da@example.com", " ada@example.com", "ada@example.com.", "ada@\u{ff45}xample.com"] {
        issuer.says(json!({ "sub": email.trim(), "email": email, "email_verified": true }));
        app.browser().continue_with(&issuer, "sso").await.redirects_to("/login?next=/account/connections");
    }
    issuer.says(json!({ "sub": "ada", "email": "Ada@Example.com", "email_verified": true }));
    app.browser().continue_with(&issuer, "sso").await.redirects_to("/");
}

/// Whoever typed it was right, and the provider says so now.
#[tokio::test]
async fn an_address_is_confirmed_once_the_provider_vouches_for_it() {
    let issuer = Issuer::start(PLAIN).await;
    let app = App::with_issuer(&issuer, &[("OAUTH_SSO_TRUST_EMAIL", "yes")]).await;
    let mut browser = app.browser();
    issuer.says(json!({ "sub": "1", "email": EMAIL, "email_verified": false }));
    browser.continue_with(&issuer, "sso").await.redirects_to("/oauth/finish");
    browser.post("/oauth/finish", &[("email", EMAIL), ("username", "ada")]).await.redirects_to("/account");
    issuer.says(json!({ "sub": "1", "email": "other@example.com", "email_verified": true }));
    browser.continue_with(&issuer, "sso").await.redirects_to("/");
    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL").await, 0);

    issuer.says(json!({ "sub": "1", "email": EMAIL, "email_verified": true }));
    browser.continue_with(&issuer, "sso").await.redirects_to("/");

    assert_eq!(app.count("users WHERE email_confirmed_at IS NOT NULL").await, 1);
}
