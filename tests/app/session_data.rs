//! What handlers keep in a session.
use crate::support::{App, PASSWORD};
use app::{
    accounts::{
        Client,
        sessions::{self, Key},
    },
    web::{
        access::{public, signed_in},
        routes::Routes,
    },
};
use axum::http::StatusCode;
use tower_sessions::Session;

#[tokio::test]
async fn data_that_cannot_be_read_is_no_error() {
    let app = App::with_routes(with_notes).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.execute("UPDATE sessions SET data = 'from the future'").await;

    assert_eq!(browser.get("/test/note").await.is(200).body, "nothing");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn what_handlers_keep_survives_renewals_but_no_change_of_person() {
    let app = App::with_routes(with_notes).await;
    let (ada, grace) = (app.user("ada@example.com").await, app.user("grace@example.com").await);
    let mut browser = app.browser_of(&ada).await;
    browser.post("/test/note", &[]).await.is(200).sets_no_session_cookie();

    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
    assert_eq!(browser.get("/test/note").await.body, "a note");

    browser.sign_in(&grace.email, PASSWORD).await.redirects_to("/");
    assert_eq!(browser.get("/test/note").await.body, "nothing");
}

#[tokio::test]
async fn a_visitor_gets_a_session_once_something_is_kept_for_them() {
    let app = App::with_routes(with_notes).await;
    let mut browser = app.browser();

    browser.post("/test/note", &[]).await.is(200);

    assert_eq!(browser.get("/test/note").await.body, "a note");
    assert_eq!(app.count("sessions WHERE user_id IS NULL").await, 1);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn creating_never_overwrites_a_session() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let key = Key::of(browser.session_cookie().unwrap());

    let created = sessions::create_anonymous(app.db(), &app.state.config, &Client::command_line(), &key, "{}").await;

    assert!(created.is_err());
    assert!(browser.clone().is_signed_in().await);
}

#[tokio::test]
async fn nothing_is_kept_of_a_request_that_failed() {
    let app = App::with_routes(|routes| with_notes(routes).action("/test/fail", signed_in(), note_and_fail)).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    browser.post("/test/fail", &[]).await.is(500);

    assert_eq!(browser.get("/test/note").await.body, "nothing");
}

fn with_notes(routes: Routes) -> Routes {
    let read = async |session: Session| session.get::<String>("note").await.unwrap().unwrap_or("nothing".to_owned());
    let write = async |session: Session| session.insert("note", "a note").await.unwrap();
    routes.page("/test/note", public(), read).post(write)
}

async fn note_and_fail(session: Session) -> StatusCode {
    session.insert("note", "a note").await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}
