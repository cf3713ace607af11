//! What runs while a session is renewed or ended must neither revive it nor sign anybody out.
use crate::support::{App, Browser, OTHER_PASSWORD, PASSWORD, Person, Response};
use app::{
    accounts::{self, Client, Identifier, Password},
    web::{
        AppState, Error,
        access::{public, signed_in},
        routes::Routes,
        session::CurrentSession,
    },
};
use axum::{extract::State, http::StatusCode};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_sessions::Session;

#[tokio::test]
async fn no_renewal_saves_a_session_that_is_being_ended() {
    let gate = Gate::default();
    let app = App::with_routes(|routes| with_slow_ends(routes, &gate)).await;
    let ada = app.user("ada@example.com").await;
    app.user("grace@example.com").await;

    for path in ["/test/slow-sign-out", "/test/slow-sign-in"] {
        let mut browser = app.browser_of(&ada).await;
        let slow = gate.enter_by(path, &browser).await;
        browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
        gate.leave(slow).await.is(200);
        assert!(!browser.is_signed_in().await, "{path}");
    }
}

#[tokio::test]
async fn no_sign_in_outlives_what_happened_to_the_account_meanwhile() {
    for end in ["deactivate", "reset"] {
        let gate = Gate::default();
        let app = App::with_routes(|routes| with_slow_ends(routes, &gate)).await;
        let grace = app.user("grace@example.com").await;
        let slow = gate.enter_by("/test/slow-sign-in", &app.browser()).await;

        end_session(&app, &grace, app.browser(), end).await;
        let answer = gate.leave(slow).await;

        answer.redirects_to("/login").sets_no_session_cookie();
        assert_eq!(app.count("sessions").await, 0, "{end}");
    }
}

fn with_slow_ends(routes: Routes, gate: &Gate) -> Routes {
    let (out, into) = (gate.clone(), gate.clone());
    let sign_out = async move |current: CurrentSession| {
        out.wait().await;
        current.sign_out().await.unwrap();
    };
    let sign_in = async move |State(app): State<AppState>, current: CurrentSession, client: Client| {
        let (who, password) = (Identifier::parse("grace"), Password::attempt(PASSWORD).unwrap());
        let grace = accounts::authenticate(&app.db, &app.config, &client, &who, &password).await.unwrap();
        into.wait().await;
        current.sign_in(&grace, false).await.map_err(Error::from)
    };
    routes.action("/test/slow-sign-out", public(), sign_out).action("/test/slow-sign-in", public(), sign_in)
}

#[tokio::test]
async fn no_slow_page_revives_a_session_that_was_ended() {
    for end in ["/logout", "/verify", "/account/password", "/login", "deactivate", "reset"] {
        let gate = Gate::default();
        let app = App::with_routes(|routes| with_slow_note(routes, &gate)).await;
        let ada = app.user("ada@example.com").await;
        let browser = app.browser_of(&ada).await;
        let slow = gate.enter(&browser).await;

        end_session(&app, &ada, browser.clone(), end).await;
        let answer = gate.leave(slow).await;

        answer.is(200).sets_no_session_cookie();
        assert!(!browser.clone().is_signed_in().await, "the old id is alive after {end}");
    }
}

async fn end_session(app: &App, ada: &Person, mut browser: Browser, how: &str) {
    match how {
        "deactivate" => app.deactivate(ada).await,
        "reset" => app.reset_password(ada).await,
        "/login" => drop(browser.sign_in(&ada.email, PASSWORD).await.redirects_to("/")),
        "/logout" => drop(browser.post("/logout", &[]).await.redirects_to("/login")),
        "/verify" => drop(browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/")),
        path => {
            let fields = [("current_password", PASSWORD), ("password", OTHER_PASSWORD)];
            browser.post(path, &fields).await.redirects_to(path);
        }
    }
}

#[tokio::test]
async fn a_page_in_flight_leaves_a_renewed_session_alone() {
    let gate = Gate::default();
    let app = App::with_routes(|routes| with_slow_note(routes, &gate)).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let slow = gate.enter(&browser).await;

    browser.post("/verify", &[("password", PASSWORD), ("next", "")]).await.redirects_to("/");
    gate.leave(slow).await.is(200).sets_no_session_cookie();

    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn an_error_after_a_renewal_leaves_a_working_session() {
    let app = App::with_routes(|routes| {
        routes.action("/test/fail", signed_in(), renew_and_fail).action("/test/panic", signed_in(), renew_and_panic)
    })
    .await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;

    for path in ["/test/fail", "/test/panic"] {
        let before = browser.session_cookie().unwrap().to_owned();
        browser.post(path, &[]).await.is(500);
        assert_ne!(browser.session_cookie().unwrap(), before);
        assert!(browser.is_signed_in().await, "{path}");
    }
}

async fn renew_and_fail(current: CurrentSession) -> StatusCode {
    current.renew().await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn renew_and_panic(current: CurrentSession) -> StatusCode {
    current.renew().await.unwrap();
    panic!("as a handler may");
}

/// A page that changes its session and is then slow, until it is let go.
#[derive(Clone)]
struct Gate {
    entered: Arc<Semaphore>,
    left: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), left: Arc::new(Semaphore::new(0)) }
    }
}

type Slow = tokio::task::JoinHandle<Response>;

impl Gate {
    async fn enter(&self, browser: &Browser) -> Slow {
        self.enter_by("/test/slow", browser).await
    }

    async fn enter_by(&self, path: &'static str, browser: &Browser) -> Slow {
        let mut browser = browser.clone();
        let slow = tokio::spawn(async move { browser.post(path, &[]).await });
        self.entered.acquire().await.unwrap().forget();
        slow
    }

    /// Of the page.
    async fn wait(&self) {
        self.entered.add_permits(1);
        self.left.acquire().await.unwrap().forget();
    }

    async fn leave(&self, slow: Slow) -> Response {
        self.left.add_permits(1);
        slow.await.unwrap()
    }
}

fn with_slow_note(routes: Routes, gate: &Gate) -> Routes {
    let gate = gate.clone();
    routes.action("/test/slow", signed_in(), async move |session: Session| {
        session.insert("note", "late").await.unwrap();
        gate.wait().await;
    })
}
