//! The example feature.
use crate::support::App;
use app::{accounts::seed, posts};

const POST: [(&str, &str); 2] = [("title", "Hello"), ("body", "First line\r\nsecond <b>line</b>")];

#[tokio::test]
async fn a_post_is_written_read_by_others_edited_and_deleted() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let (mut ada, mut grace) = (app.browser_of(&ada).await, app.browser_of(&grace).await);
    ada.get("/posts").await.is(200).shows("Write the first post");

    let path = ada.post("/posts/new", &POST).await.header("location").to_owned();
    grace.get("/posts").await.shows("Hello").shows("ada");
    grace.get(&path).await.is(200).shows("second &#60;b&#62;line").hides("/edit");
    ada.get(&format!("{path}/edit")).await.is(200).shows("First line");
    ada.post(&format!("{path}/edit"), &[("title", "Hello again"), ("body", "Shorter")]).await.redirects_to(&path);
    grace.get(&path).await.shows("Hello again").shows("Shorter").shows("edited");
    ada.post(&format!("{path}/delete"), &[]).await.redirects_to("/posts");

    grace.get(&path).await.is(404);
}

#[tokio::test]
async fn only_its_author_and_moderators_may_change_it() {
    let app = App::new().await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let path = app.browser_of(&ada).await.post("/posts/new", &POST).await.header("location").to_owned();
    let mut browser = app.browser_of(&grace).await;

    browser.get(&format!("{path}/edit")).await.is(403);
    browser.post(&format!("{path}/edit"), &POST).await.is(403);
    browser.post(&format!("{path}/delete"), &[]).await.is(403);
    app.grant_role(&grace, "moderator").await;
    browser.get(&path).await.shows("/edit");
    browser.post(&format!("{path}/edit"), &[("title", "Kept in order"), ("body", "x")]).await.redirects_to(&path);

    assert_eq!(app.column("posts", "title").await, ["Kept in order"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_it() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/posts/new", &[("title", " "), ("body", "x")]).await.refuses("title").shows("x</textarea>");
    browser.post("/posts/new", &[("title", &"x".repeat(201)), ("body", "x")]).await.refuses("title");
    browser.post("/posts/new", &[("title", "x"), ("body", "\r\n")]).await.refuses("body");
    browser.post("/posts/new", &[("title", "x"), ("body", &"x".repeat(20_001))]).await.refuses("body");
    assert_eq!(app.count("posts").await, 0);
}

#[tokio::test]
async fn they_are_listed_newest_first_a_page_at_a_time() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    for n in 0..45 {
        app.execute(&format!(
            "INSERT INTO posts (author_id, title, body, created_at, updated_at) VALUES ({}, 'n{n:02}', 'x', 1, 1)",
            ada.id
        ))
        .await;
    }
    let mut browser = app.browser_of(&ada).await;
    let (mut path, mut seen) = ("/posts".to_owned(), Vec::new());

    for _ in 0..3 {
        let page = browser.get(&path).await;
        seen.extend(page.is(200).body.split("<li><a href=\"/posts/").skip(1).map(|rest| rest.split('>').nth(1).unwrap()[..3].to_owned()));
        path = page.link("next").unwrap_or_default();
    }

    assert_eq!(seen, (0..45).rev().map(|n| format!("n{n:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_database_is_filled_with_them() {
    let app = App::new().await;
    seed::seed(app.db(), 3, |_| {}).await.unwrap();

    posts::seed(app.db(), 7).await.unwrap();

    assert_eq!(app.count("posts").await, 7);
    assert_eq!(app.count("users u WHERE EXISTS (SELECT 1 FROM posts WHERE author_id = u.id)").await, 3);
}

#[tokio::test]
async fn who_is_deleted_takes_their_posts_along() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    app.browser_of(&ada).await.post("/posts/new", &POST).await.is(303);

    app.delete(&ada).await;

    assert_eq!(app.count("posts").await, 0);
}
