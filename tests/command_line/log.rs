//! What is written about requests, for whom, and what happens when nobody reads it.
use crate::{
    serve::register,
    support::{PASSWORD, Program, form_of, session_of},
};

#[tokio::test]
async fn the_log_of_a_whole_visit_holds_no_secret_even_at_trace() {
    let program = Program::new().await.with("PORT", "0").with("LOG", "trace,tower_sessions_core=trace");
    let server = program.serve();
    let cookie = register(&server);
    let change = format!("current_password={}&password=brass+Kettle+417+meadow", PASSWORD.replace(' ', "+"));
    let renewed = session_of(&server.ask("POST", "/account/password", &cookie, &change));
    server.ask("GET", "/account?token=in-the-query", &renewed, "");
    server.ask("GET", "/nope/in-the-path", &renewed, "");
    server.ask("POST", "/login", "", "identifier=ada&password=a+wrong+secret");
    server.begin("POST /login HTTP/1.1\r\nX-Secret: in-a-head");

    let (code, log) = server.stop();

    assert_eq!(code, 0);
    assert!(log.contains("/account/password") && log.contains("DEBUG app::server"), "more than the usual is logged: {log}");
    let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
    for secret in [
        PASSWORD,
        "brass",
        "wrong secret",
        "wrong+secret",
        &value(&cookie),
        &value(&renewed),
        "$argon2id",
        "in-the-query",
        "in-the-path",
        "in-a-head",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn a_request_is_one_line_of_json_where_programs_read() {
    let program = Program::new().await.with("PORT", "0").with("LOG_FORMAT", "json");
    let server = program.serve();
    server.ask("GET", "/nope", "", "");

    let (_, log) = server.stop();

    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["target"] == "request").collect();
    assert_eq!(requests.len(), 1);
    assert_eq!((&requests[0]["status"], &requests[0]["method"], &requests[0]["route"]), (&404.into(), &"GET".into(), &"-".into()));
}

#[tokio::test]
async fn the_code_on_an_error_page_finds_its_line_in_the_log() {
    let program = Program::new().await.with("PORT", "0").with("LOG_FORMAT", "json");
    let server = program.serve();
    crate::database::execute(&program, "ALTER TABLE roles RENAME TO gone").await;

    let answer = server.ask("POST", "/register", "", &form_of("ada"));

    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    let code = answer.split("Request code <code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let (_, log) = server.stop();
    assert!(log.lines().any(|line| line.contains("\"ERROR\"") && line.contains(&code) && line.contains("roles")), "{log}");
}

/// As behind `head`.
#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let program = Program::without_settings().with("PORT", "0").after("exec 1>&-");
    let server = program.serve();

    assert!(server.ask("GET", "/login", "", "").starts_with("HTTP/1.1 200"));
    register(&server);
    server.signal("TERM");

    assert_eq!(server.wait(), 0);
}

/// A log shipper that hangs, a terminal that was stopped.
#[cfg(unix)]
#[test]
fn a_reader_of_the_log_that_stalls_stops_nothing() {
    let program = Program::without_settings().with("PORT", "0").with("LOG_FORMAT", "json");
    let server = program.serve();

    // Its standard output is a pipe of 64 KiB that this test does not read.
    for _ in 0..600 {
        assert!(server.ask("GET", "/login", "", "").starts_with("HTTP/1.1 200"));
    }
    server.signal("INT");

    assert_eq!(server.wait(), 0);
}
