//! What must hold when two things happen at once. On each database the suite runs on.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, Response};
use std::time::Duration;
use tokio::task::JoinHandle;

#[tokio::test]
async fn fifty_equal_registrations_make_one_account_and_no_error() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let registrations = (0..50).map(|_| {
        let mut browser = app.browser();
        tokio::spawn(async move { browser.register("ada@example.com", "ada", PASSWORD).await.status.as_u16() })
    });

    let mut answers = Vec::new();
    for registration in registrations.collect::<Vec<_>>() {
        answers.push(registration.await.unwrap());
    }

    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (303, vec![422; 49].as_slice()));
    assert_eq!((app.count("users").await, app.count("user_roles").await, app.count("sessions").await), (1, 1, 1));
}

#[tokio::test]
async fn a_double_click_on_sign_in_gives_two_working_sessions() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let click = |mut browser: Browser| {
        tokio::spawn(async move {
            browser.sign_in("ada", PASSWORD).await.redirects_to("/");
            browser
        })
    };

    let (first, second) = (click(app.browser()), click(app.browser()));

    assert!(first.await.unwrap().is_signed_in().await && second.await.unwrap().is_signed_in().await);
}

#[tokio::test]
async fn no_sign_in_with_the_old_password_outlives_a_reset() {
    for _ in 0..10 {
        let app = App::new().await;
        let ada = app.user("ada@example.com").await;

        let signing_in = sign_in_meanwhile(&app);
        app.reset_password(&ada).await;
        let (mut browser, answer) = signing_in.await.unwrap();

        assert!(answer.status.as_u16() == 303 || answer.status.as_u16() == 422, "{}", answer.status);
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn no_sign_in_outlives_a_deactivation() {
    for round in 0..10 {
        let app = App::new().await;
        let ada = app.user("ada@example.com").await;

        let signing_in = sign_in_meanwhile(&app);
        tokio::time::sleep(Duration::from_millis(round * 4)).await;
        app.deactivate(&ada).await;

        assert!(!signing_in.await.unwrap().0.is_signed_in().await);
        assert_eq!(app.count("sessions").await, 0);
    }
}

fn sign_in_meanwhile(app: &App) -> JoinHandle<(Browser, Response)> {
    let mut browser = app.browser();
    tokio::spawn(async move {
        let answer = browser.sign_in("ada", PASSWORD).await;
        (browser, answer)
    })
}

#[tokio::test]
async fn of_two_new_passwords_at_once_one_wins_whole() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let (here, there) = (app.browser_of(&ada).await, app.browser_of(&ada).await);
    let change = |mut browser: Browser, password: &'static str| {
        tokio::spawn(async move {
            let answer = browser.post("/account/password", &[("current_password", PASSWORD), ("password", password)]).await;
            answer.header("location") == "/account/password"
        })
    };

    let (here, there) = (change(here, OTHER_PASSWORD), change(there, "copper 58 violin harbour"));

    assert!(here.await.unwrap() ^ there.await.unwrap());
    assert_eq!(app.count("sessions").await, 1);
}

#[tokio::test]
async fn sixty_four_writers_wait_for_each_other_without_an_error() {
    let app = App::with(&[("LIMIT_SCALE", "100")]).await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let writers = (0..64).map(|n| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            for round in 0..5 {
                browser.post("/account", &[("username", "ada"), ("name", &format!("Ada {n} {round}"))]).await.redirects_to("/account");
            }
        })
    });

    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }

    assert!(app.row(&ada).await.name.starts_with("Ada "));
}

#[tokio::test]
#[should_panic(expected = "use the Tx")]
async fn a_task_that_writes_beside_its_own_transaction_is_told_so() {
    let app = App::new().await;

    let _tx = app::db::writing(app.db()).await.unwrap();
    app.execute("DELETE FROM sessions").await;
}
