//! What a thief does at the very moment when the owner takes the account back.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, is_soak};

const THIEF: &str = "thief@example.org";

fn rounds() -> usize {
    if is_soak() { 50 } else { 5 }
}

/// A thief has given the account another address. Answers the owner's way back, and the thief's browser.
async fn stolen(app: &App, round: usize) -> (String, String, Browser) {
    let owner = app.user(&format!("owner{round}@example.com")).await;
    let mut thief = app.browser_of(&owner).await;
    let thiefs = format!("{round}{THIEF}");
    thief.post("/account/email", &[("email", &thiefs)]).await.is(303);
    let link = app.mail_to(&thiefs).await.link();
    thief.post(&link, &[]).await.is(303);
    (owner.email.clone(), app.mail_to(&owner.email).await.link(), thief)
}

async fn scaled() -> App {
    App::with(&[("LIMIT_SCALE", "100000")]).await
}

/// No link but those at the owner's address opens the account afterwards.
async fn is_the_owners(app: &App, owner: &str, round: usize) {
    for mail in app.mailed().await.iter().filter(|mail| mail.to != owner && mail.subject.starts_with("Set a new password")) {
        app.browser().post(&mail.link(), &[("password", OTHER_PASSWORD)]).await.is(410);
    }
    assert_eq!(app.count(&format!("users WHERE email = '{owner}' AND password_hash IS NULL")).await, 1, "round {round}");
}

#[tokio::test]
async fn not_me_at_the_moment_of_an_undo_gives_nothing_to_the_thief() {
    let app = scaled().await;
    for round in 0..rounds() {
        let (owner, undo, _) = stolen(&app, round).await;
        let mut links = Vec::new();
        for _ in 0..4 {
            app.browser().sign_in(&format!("{round}{THIEF}"), PASSWORD).await.is(303);
            links.push(app.mail_to(&format!("{round}{THIEF}")).await.link());
        }

        let presses = links.into_iter().map(|link| {
            let mut browser = app.browser();
            tokio::spawn(async move { browser.post(&link, &[]).await.status.as_u16() })
        });
        let presses: Vec<_> = presses.collect();
        app.browser().post(&undo, &[]).await.redirects_to("/check-inbox");
        for press in presses {
            press.await.unwrap();
        }

        is_the_owners(&app, &owner, round).await;
    }
}

#[tokio::test]
async fn a_change_asked_for_at_the_moment_of_an_undo_is_not_pending_afterwards() {
    let app = scaled().await;
    for round in 0..rounds() {
        let (owner, undo, thief) = stolen(&app, round).await;

        let asks = (0..4).map(|n| {
            let mut thief = thief.clone();
            let email = format!("next{round}x{n}@example.org");
            tokio::spawn(async move { thief.post("/account/email", &[("email", &email)]).await.status.as_u16() })
        });
        let asks: Vec<_> = asks.collect();
        app.browser().post(&undo, &[]).await.redirects_to("/check-inbox");
        for ask in asks {
            ask.await.unwrap();
        }

        let pending = "tokens JOIN users ON users.id = user_id WHERE purpose = 'change-email' AND used_at IS NULL";
        assert_eq!(app.count(&format!("{pending} AND users.email = '{owner}'")).await, 0, "round {round}");
        is_the_owners(&app, &owner, round).await;
    }
}

#[tokio::test]
async fn a_forgotten_password_answered_at_the_moment_of_an_undo_opens_nothing() {
    let app = scaled().await;
    let twin = app.twin().await;
    for round in 0..rounds() {
        let (owner, undo, _) = stolen(&app, round).await;
        app.browser().post("/password/forgot", &[("email", &format!("{round}{THIEF}"))]).await.is(303);

        let worker = twin.tools.clone();
        let works = tokio::spawn(async move { app::worker::work_off(&worker).await.unwrap() });
        app.browser().post(&undo, &[]).await.redirects_to("/check-inbox");
        works.await.unwrap();

        for mail in twin.mailed().await.iter().filter(|mail| mail.to != owner && mail.subject.starts_with("Set a new password")) {
            app.browser().post(&mail.link(), &[("password", OTHER_PASSWORD)]).await.is(410);
        }
        assert_eq!(app.count(&format!("users WHERE email = '{owner}' AND password_hash IS NULL")).await, 1, "round {round}");
    }
}
