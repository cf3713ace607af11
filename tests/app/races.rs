//! What must hold when two things happen at once. On each database the suite runs on.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, is_soak};
use std::time::{Duration, Instant};

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
    let end = Instant::now() + Duration::from_secs(if is_soak() { 60 } else { 2 });
    let writers = (0..64).map(|n| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            for round in (0..).take_while(|_| Instant::now() < end) {
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

#[tokio::test]
async fn who_hangs_up_while_guessing_is_counted_and_recorded_all_the_same() {
    let app = App::new().await;
    app.user("ada@example.com").await;

    for _ in 0..3 {
        let mut browser = app.browser();
        let hung_up = tokio::time::timeout(Duration::from_millis(1), browser.sign_in("ada", "not the password")).await;
        assert!(hung_up.is_err());
    }
    while app.count("audit WHERE outcome = 'failure'").await < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    assert_eq!(app.count("throttles WHERE id LIKE 'sign-in:%' AND count = 3").await, 1);
}

#[tokio::test]
async fn what_there_was_no_time_to_try_counts_as_no_try() {
    let app = App::with(&[("LIMIT_SCALE", "1000")]).await;
    app.user("ada@example.com").await;
    let (mut tried, mut turned_away) = (0, 0);

    // A machine that is slow at everything else fills the queue of hashes only now and then.
    while turned_away == 0 && tried < 2000 {
        let tries = (0..200).map(|_| {
            let mut browser = app.browser();
            tokio::spawn(async move { browser.sign_in("ada", "not the password").await.status.as_u16() })
        });
        for answer in tries.collect::<Vec<_>>() {
            tried += 1;
            turned_away += i64::from(answer.await.unwrap() == 503);
        }
    }

    assert!(turned_away > 0);
    assert_eq!(app.count(&format!("throttles WHERE count = {}", tried - turned_away)).await, 3);
}
