//! A link by which somebody sets a password.
use crate::support::{App, OTHER_PASSWORD, PASSWORD, Person};
use app::accounts::{Actor, Client};
use std::time::Duration;

async fn link(app: &App, person: &Person) -> String {
    let client = Client::command_line();
    let token = app.password_link(&Actor::command_line(&client), &app.row(person).await).await;
    format!("/password/reset/{}", token.expose())
}

#[tokio::test]
async fn it_sets_a_password_once_and_signs_everybody_out() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let (path, mut before, mut browser) = (link(&app, &ada).await, app.browser_of(&ada).await, app.browser());

    let page = browser.get(&path).await;
    page.is(200).shows("ada");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "private, no-store"));
    browser.post(&path, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");

    assert!(!before.is_signed_in().await && !browser.is_signed_in().await);
    browser.get(&path).await.is(410).hides("ada@");
    browser.post(&path, &[("password", PASSWORD)]).await.is(410);
    browser.sign_in("ada", OTHER_PASSWORD).await.redirects_to("/");
}

#[tokio::test]
async fn opening_it_changes_nothing() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let path = link(&app, &ada).await;
    let before = [app.column("tokens", "used_at").await, app.column("users", "credentials").await, app.column("audit", "id").await];

    for _ in 0..3 {
        app.browser().get(&path).await.is(200);
    }

    assert_eq!([app.column("tokens", "used_at").await, app.column("users", "credentials").await, app.column("audit", "id").await], before);
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_it_as_it_was() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let path = link(&app, &ada).await;

    for weak in ["short", "passwordpassword", "ada@example.com1"] {
        app.browser().post(&path, &[("password", weak)]).await.refuses("password").hides(weak);
    }

    app.browser().post(&path, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");
}

#[tokio::test]
async fn it_ends_with_a_newer_one_a_new_password_and_the_account() {
    let app = App::new().await;
    for event in ["newer link", "new password", "deactivated", "deleted", "reset"] {
        let person = app.user(&format!("{}@example.com", event.replace(' ', "-"))).await;
        let path = link(&app, &person).await;
        match event {
            "newer link" => drop(link(&app, &person).await),
            "new password" => {
                let form = [("current_password", PASSWORD), ("password", OTHER_PASSWORD)];
                app.browser_of(&person).await.post("/account/password", &form).await.is(303);
            }
            "deactivated" => app.deactivate(&person).await,
            "deleted" => app.delete(&person).await,
            _ => app.reset_password(&person).await,
        }

        app.browser().get(&path).await.is(410);
        app.browser().post(&path, &[("password", "copper 58 violin harbour")]).await.is(410);
    }
}

#[tokio::test]
async fn it_lasts_an_hour_and_three_days_where_no_password_is_set() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    app.execute("UPDATE users SET password_hash = NULL WHERE username = 'grace'").await;
    let (of_ada, of_grace) = (link(&app, &ada).await, link(&app, &grace).await);

    app.time_passes(Duration::from_secs(61 * 60)).await;
    app.browser().get(&of_ada).await.is(410);
    app.browser().get(&of_grace).await.is(200);

    app.time_passes(Duration::from_secs(72 * 60 * 60)).await;
    app.browser().get(&of_grace).await.is(410);
}

#[tokio::test]
async fn of_twenty_who_use_it_at_once_one_succeeds() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let ada = app.user("ada@example.com").await;
    let path = link(&app, &ada).await;
    let tries: Vec<_> = (0..20)
        .map(|n| {
            let (mut browser, path) = (app.browser(), path.clone());
            tokio::spawn(async move { browser.post(&path, &[("password", &format!("{OTHER_PASSWORD} {n}"))]).await.status.as_u16() })
        })
        .collect();

    let mut answers = Vec::new();
    for answer in tries {
        answers.push(answer.await.unwrap());
    }

    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (303, vec![410; 19].as_slice()));
}

#[tokio::test]
async fn only_its_hash_is_kept() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let path = link(&app, &ada).await;
    let token = path.rsplit('/').next().unwrap();

    for (table, column) in [("tokens", "id"), ("audit", "detail"), ("audit", "target")] {
        assert!(app.column(table, column).await.iter().all(|value| !value.contains(token)), "{table}.{column}");
    }
    assert!(token.len() >= 43);
}

#[tokio::test]
async fn twenty_forms_from_one_address_are_enough() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let path = link(&app, &ada).await;

    for _ in 0..10 {
        app.browser().post(&path, &[("password", "passwordpassword")]).await.is(422);
        app.browser().post("/password/reset/guessed", &[("password", OTHER_PASSWORD)]).await.is(410);
    }

    app.browser().post(&path, &[("password", OTHER_PASSWORD)]).await.is(429);
    app.browser().at_address("203.0.113.9").post(&path, &[("password", OTHER_PASSWORD)]).await.redirects_to("/login");
}

#[tokio::test]
async fn the_message_that_shows_a_link_is_for_nobody_but_who_made_it() {
    let app = App::with(&[("MAIL", "off")]).await;
    let (boss, ada) = (app.admin("boss@example.com").await, app.user("ada@example.com").await);
    let mut browser = app.browser_of(&boss).await;
    let answer = browser.post(&format!("/admin/users/{}/password-link", ada.id), &[]).await;
    let message = answer.is(303).set_cookies().into_iter().find(|cookie| cookie.contains("-flash=")).unwrap();

    let mut stranger = app.browser().with_header("cookie", message.split(';').next().unwrap());

    stranger.get("/login").await.is(200).hides("/password/reset/");
    browser.get(&format!("/admin/users/{}", ada.id)).await.is(200).shows("/password/reset/");
}
