//! What is written about requests, for whom, and what happens when nobody reads it.
use crate::{
    serve::register,
    support::{Issuer, PASSWORD, PLAIN, Program, SECRET, form_of, session_of},
};
use std::collections::HashMap;

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

/// There and back, by way of a provider that is asked over the network.
#[tokio::test(flavor = "multi_thread")]
async fn neither_log_nor_database_holds_a_secret_of_a_dance() {
    let issuer = Issuer::start(PLAIN).await;
    let mut program = Program::new().await.with("PORT", "0").with("LOG", "trace");
    for (name, value) in issuer.settings("SSO") {
        program = program.with(&name, value);
    }
    let server = program.serve();
    let out = server.ask("POST", "/oauth/sso/login", "", "next=");
    let authorize = out.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    let dance = session_of(&out);
    let back = issuer.allow(&authorize);

    let finish = server.ask("GET", &back, &dance, "");
    assert!(finish.contains("location: /oauth/finish"), "{finish}");

    let dump = database_of(&program);
    let (_, log) = server.stop();
    assert!(log.contains("/oauth/{provider}/callback") && log.contains("TRACE"), "more than the usual is logged");
    let asked: HashMap<String, String> = url::Url::parse(&authorize).unwrap().query_pairs().into_owned().collect();
    let exchange = issuer.exchanges().pop().unwrap();
    let cookie = dance.split_once('=').unwrap().1;
    for secret in [&asked["state"], &asked["nonce"], &exchange["code"], &exchange["code_verifier"], &exchange["basic"]] {
        assert!(!log.contains(secret.as_str()) && !contains(&dump, secret), "{secret}");
    }
    for secret in [cookie, SECRET, "access-token", "s3cret%2Bof"] {
        assert!(!log.contains(secret) && !contains(&dump, secret), "{secret}");
    }
}

/// All that is in the file, where it is one; the columns are looked at on every database by tests/app/oauth/start.rs.
pub fn database_of(program: &Program) -> Vec<u8> {
    let Some(path) = program.database_url().strip_prefix("sqlite:").map(str::to_owned) else { return Vec::new() };
    let read = |end: &str| std::fs::read(program.folder().join(format!("{path}{end}"))).unwrap_or_default();
    let dump = [read(""), read("-wal")].concat();
    assert!(contains(&dump, "oauth_attempts"));
    dump
}

pub fn contains(dump: &[u8], text: &str) -> bool {
    dump.windows(text.len()).any(|window| window == text.as_bytes())
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
