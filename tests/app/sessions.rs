use crate::support::{App, Browser, PASSWORD};
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
use sea_orm::DbBackend;
use std::{sync::Arc, time::Duration};
use tower_sessions::Session;

#[tokio::test]
async fn a_page_costs_strangers_no_query_and_the_signed_in_one() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let cost = async |browser: &mut Browser, path| {
        let before = app.db().round_trips();
        browser.get(path).await.is(200);
        app.db().round_trips() - before
    };

    assert_eq!(cost(&mut app.browser(), "/").await, 0);
    assert_eq!(cost(&mut browser, "/account").await, 1);
}

#[tokio::test]
async fn visitors_leave_no_rows() {
    let app = App::new().await;
    let mut browser = app.browser();

    for path in ["/", "/login", "/register", "/nope", "/account", "/login?next=/account"] {
        browser.get(path).await.sets_no_session_cookie();
    }

    assert_eq!(app.count("sessions").await, 0);
}

#[tokio::test]
async fn signing_in_sets_a_new_id_that_nobody_chose() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();
    browser.cookies.insert(format!("{}-3000", env!("CARGO_PKG_NAME")), "AAAAAAAAAAAAAAAAAAAAAA".into());

    browser.sign_in("ada", PASSWORD).await.redirects_to("/");

    let id = browser.session_cookie().unwrap();
    assert_ne!(id, "AAAAAAAAAAAAAAAAAAAAAA");
    assert!(id.len() >= 22 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
}

#[tokio::test]
async fn the_cookie_is_bound_to_this_host_over_https() {
    let app = App::with(&[("BASE_URL", "https://app.example.com")]).await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();

    let set = browser.sign_in("ada", PASSWORD).await.set_cookies();
    let removed = browser.post("/logout", &[]).await.set_cookies();

    let start = format!("__Host-{}=", env!("CARGO_PKG_NAME"));
    for cookie in [&set[0], removed.iter().find(|cookie| cookie.starts_with(&start)).unwrap()] {
        let mut attributes: Vec<&str> = cookie.split("; ").skip(1).filter(|attribute| *attribute != "Max-Age=0").collect();
        attributes.sort_unstable();
        assert!(cookie.starts_with(&start));
        assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    }
}

#[tokio::test]
async fn only_a_remembered_session_outlives_the_browser() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let fields = [("identifier", "ada"), ("password", PASSWORD), ("remember", "yes")];

    let remembered = app.browser().post("/login", &fields).await.set_cookies();
    let forgotten = app.browser().sign_in("ada", PASSWORD).await.set_cookies();

    assert!(remembered[0].contains("Max-Age=5184000"));
    assert!(!forgotten[0].contains("Max-Age"));
}

#[tokio::test]
async fn a_session_ends_after_so_long_without_a_request() {
    let app = App::with(&[("SESSION_IDLE", "30m")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for _ in 0..3 {
        app.time_passes(Duration::from_secs(20 * 60)).await;
        assert!(browser.is_signed_in().await, "reading counts as use");
    }
    app.time_passes(Duration::from_secs(31 * 60)).await;

    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn no_use_prolongs_a_session_beyond_its_end() {
    let app = App::with(&[("SESSION_IDLE", "12h"), ("SESSION_ABSOLUTE", "20h")]).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    app.time_passes(Duration::from_secs(10 * 3600)).await;
    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
    app.time_passes(Duration::from_secs(9 * 3600)).await;
    assert!(browser.is_signed_in().await);
    app.time_passes(Duration::from_secs(2 * 3600)).await;

    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn remembering_survives_a_renewal() {
    let app = App::new().await;
    app.user("ada@example.com").await;
    let mut browser = app.browser();
    browser.post("/login", &[("identifier", "ada"), ("password", PASSWORD), ("remember", "yes")]).await.redirects_to("/");
    app.time_passes(Duration::from_secs(13 * 24 * 3600)).await;

    let renewed = browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.set_cookies();

    let age: u64 = renewed[0].split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    assert!((46 * 86400..=47 * 86400).contains(&age), "what is left of 60 days: {age}");
    app.time_passes(Duration::from_secs(13 * 24 * 3600)).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn fifty_pages_at_once_all_come_and_mark_the_session_as_seen() {
    let app = Arc::new(App::new().await);
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(90)).await;
    let before = app.column("sessions", "last_seen_at").await;

    let pages: Vec<_> =
        (0..50).map(|_| browser.clone()).map(|mut browser| tokio::spawn(async move { browser.get("/account").await.status })).collect();
    for page in pages {
        assert_eq!(page.await.unwrap(), StatusCode::OK);
    }

    assert_ne!(app.column("sessions", "last_seen_at").await, before);
    let trips = app.db().round_trips();
    assert_eq!(browser.clone().get("/account").await.status, StatusCode::OK);
    assert_eq!(app.db().round_trips() - trips, 1, "seen a moment ago");
}

#[tokio::test]
async fn of_many_that_saw_the_same_row_one_marks_it_seen() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let (row, _) = sessions::find(app.db(), &Key::of(browser.session_cookie().unwrap())).await.unwrap().unwrap();
    app.time_passes(Duration::from_secs(90)).await;
    let mut stale = (*row).clone();
    stale.last_seen_at = row.last_seen_at.before(Duration::from_secs(90));

    let mut marked = 0;
    for _ in 0..10 {
        marked += u32::from(sessions::touch(app.db(), &stale, app.state.config.session).await.unwrap());
    }

    assert_eq!(marked, 1);
}

#[tokio::test]
async fn cookies_that_are_none_of_ours_make_a_stranger() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let name = browser.cookies.keys().next().unwrap().clone();
    let good = browser.session_cookie().unwrap().to_owned();

    for value in ["", "x", "AAAAAAAAAAAAAAAAAAAAAA", &"a".repeat(4096), &format!("{good}; {name}=other"), &format!("{good}=")] {
        let mut browser = browser.clone();
        browser.cookies.insert(name.clone(), value.to_owned());
        browser.get("/account").await.redirects_to("/login?next=/account").sets_no_session_cookie();
    }
}

#[tokio::test]
async fn a_cookie_of_another_program_that_is_no_text_spoils_none_of_ours() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let browser = app.browser_of(&ada).await;
    let (name, id) = browser.cookies.iter().next().unwrap();
    let cookie = [b"other=\xe9; ".as_slice(), name.as_bytes(), b"=", id.as_bytes()].concat();

    let request = axum::http::Request::get("/account").header("host", "localhost:3000").header("cookie", cookie);

    app.browser().send_request(request.body(axum::body::Body::empty()).unwrap()).await.is(200);
}

#[tokio::test]
async fn signing_out_takes_an_unknown_cookie_away_too() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.execute("DELETE FROM sessions").await;

    browser.post("/logout", &[]).await.redirects_to("/login");

    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_no_session_and_locks_nobody_out() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    // The other databases keep text out of a number's column.
    let broken = if app.db().backend() == DbBackend::Sqlite { "last_seen_at = 'x'" } else { "user_id = NULL" };

    app.execute(&format!("UPDATE sessions SET {broken}")).await;

    browser.get("/account").await.redirects_to("/login?next=/account");
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");
    assert!(browser.is_signed_in().await);
}

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

#[tokio::test]
async fn a_database_that_is_away_takes_nobodys_cookie() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.db().clone().close().await.unwrap();

    let page = browser.get("/account").await;

    page.is(503).sets_no_session_cookie().shows("Not available right now");
    assert!(!page.header("retry-after").is_empty());
    browser.post("/logout", &[]).await.is(503).sets_no_session_cookie();
    browser.get("/healthz").await.is(200);
    browser.get("/static/app.css").await.is(200);
    app.browser().get("/").await.is(200);
}

#[tokio::test]
async fn sessions_that_are_over_are_deleted_and_no_others() {
    let app = App::new().await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    app.time_passes(Duration::from_secs(8 * 24 * 3600)).await;
    assert!(!browser.is_signed_in().await, "it ended before anybody cleaned up");
    browser.sign_in("ada", PASSWORD).await.redirects_to("/");

    app::accounts::clean_up(app.db()).await.unwrap();

    assert_eq!(app.count("sessions").await, 1);
    assert!(browser.is_signed_in().await);
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
