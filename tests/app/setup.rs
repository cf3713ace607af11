//! The first admin, by a link that the server prints.
use crate::support::{App, KEY, PASSWORD};
use app::accounts::setup;
use std::time::Duration;

async fn link(app: &App) -> String {
    let token = setup::token(app.db(), &app.state.config.secret_key).await.unwrap();
    format!("/setup/{}", token.expect("there is no admin yet"))
}

const FORM: [(&str, &str); 3] = [("email", "ada@example.com"), ("username", "ada"), ("password", PASSWORD)];

#[tokio::test]
async fn the_link_makes_the_first_admin_and_signs_them_in() {
    let app = App::new().await;
    let (path, mut browser) = (link(&app).await, app.browser());
    let page = browser.get(&path).await;
    page.is(200).shows("no admin yet");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "private, no-store"));

    browser.post(&path, &FORM).await.redirects_to("/admin");

    browser.get("/admin").await.is(200);
    assert_eq!(setup::token(app.db(), &app.state.config.secret_key).await.unwrap(), None);
}

#[tokio::test]
async fn it_is_the_same_on_every_instance_and_then_used_up() {
    let app = App::new().await;
    let twin = app.twin().await;
    let path = link(&app).await;
    assert_eq!(link(&twin).await, path);

    twin.browser().post(&path, &FORM).await.redirects_to("/admin");

    app.browser().get(&path).await.is(404).shows("There is an admin by now");
    app.browser().post(&path, &FORM).await.is(404).shows("There is an admin by now");
}

#[tokio::test]
async fn somebody_who_is_signed_in_presses_one_button_once_proven() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let (path, mut browser) = (link(&app).await, app.browser_of(&ada).await);
    app.time_passes(Duration::from_secs(3600)).await;
    browser.get(&path).await.redirects_to(&format!("/verify?next={path}"));
    browser.get(&format!("/verify?next={path}")).await.is(200);
    let verify = browser.get(&format!("/verify?next={path}")).await;
    assert_eq!(verify.header("referrer-policy"), "no-referrer");
    browser.post("/verify", &[("password", PASSWORD), ("next", &path)]).await.redirects_to(&path);
    let before = browser.clone();

    browser.get(&path).await.is(200).shows("Become the admin");
    browser.post(&path, &[]).await.redirects_to("/admin");

    browser.get("/admin").await.is(200);
    assert!(!before.clone().is_signed_in().await, "a new id for who may do more");
}

#[tokio::test]
async fn a_link_that_is_none_of_ours_opens_nothing() {
    let app = App::new().await;
    let right = link(&app).await;

    let elsewhere = App::new().await;
    elsewhere.execute("UPDATE installation SET id = 'of another database'").await;
    let of_another_installation = link(&elsewhere).await;
    let other = if right.ends_with('A') { "E" } else { "A" };
    let one_letter_off = format!("{}{other}", &right[..right.len() - 1]);

    for path in [
        "/setup/x".into(),
        format!("{right}x"),
        right[..right.len() - 1].into(),
        "/setup/%00".into(),
        of_another_installation,
        one_letter_off,
    ] {
        app.browser().get(&path).await.is(404).hides("There is an admin");
        app.browser().post(&path, &FORM).await.is(404);
    }
    assert_eq!(app.count("users").await, 0);
}

#[tokio::test]
async fn it_outlives_the_rotation_of_keys_and_ends_with_its_key() {
    let app = App::new().await;
    let (path, new) = (link(&app).await, app::config::generate_key());
    let url = app.url();

    let both = App::on(&url, &[("SECRET_KEY", &format!("{new},{KEY}"))], |routes| routes).await;
    both.browser().get(&path).await.is(200);

    let alone = App::on(&url, &[("SECRET_KEY", &new)], |routes| routes).await;
    alone.browser().get(&path).await.is(404);
}

#[tokio::test]
async fn what_is_wrong_with_the_form_is_said_beside_it() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let path = link(&app).await;

    app.browser().post(&path, &[("email", "x"), ("username", "ada2"), ("password", PASSWORD)]).await.refuses("email");
    app.browser().post(&path, &[("email", "ada@example.com"), ("username", "bea"), ("password", PASSWORD)]).await.refuses("email");
    app.browser().post(&path, &[("email", "b@example.com"), ("username", "ada"), ("password", PASSWORD)]).await.refuses("username");
    app.browser()
        .post(&path, &[("email", "b@example.com"), ("username", "bea"), ("password", "password password")])
        .await
        .refuses("password");
}

#[tokio::test]
async fn of_twenty_who_use_it_at_once_one_becomes_the_admin() {
    let app = App::with(&[("LIMIT_SCALE", "10")]).await;
    let twin = app.twin().await;
    let path = link(&app).await;
    let tries: Vec<_> = (0..20)
        .map(|n| {
            let (mut browser, path) = (if n % 2 == 0 { app.browser() } else { twin.browser() }, path.clone());
            tokio::spawn(async move {
                let (email, username) = (format!("ada{n}@example.com"), format!("ada{n}"));
                browser.post(&path, &[("email", &email), ("username", &username), ("password", PASSWORD)]).await.status.as_u16()
            })
        })
        .collect();

    let mut answers = Vec::new();
    for answer in tries {
        answers.push(answer.await.unwrap());
    }

    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (303, vec![404; 19].as_slice()));
    assert_eq!((app.count("users").await, app.count("user_roles JOIN roles ON roles.id = role_id WHERE name = 'admin'").await), (1, 1));
}
