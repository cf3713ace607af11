use crate::support::{App, PASSWORD};

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
