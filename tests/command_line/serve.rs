use crate::support::{PASSWORD, Program, Server, form_of, free_port, session_of};

#[test]
fn a_newcomer_needs_no_setting() {
    let program = Program::without_settings();

    let server = program.serve();

    assert!(server.url.starts_with("http://localhost:"));
    assert!(server.ask("GET", "/", "", "").starts_with("HTTP/1.1 200"));
    assert!(program.folder().join(format!("data/{}.db", env!("CARGO_PKG_NAME"))).exists());
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_second_app_takes_the_next_free_port() {
    let (first, second) = (Program::without_settings(), Program::without_settings());

    let (first, second) = (first.serve(), second.serve());

    assert_ne!(first.url, second.url);
    assert!(second.ask("GET", "/", "", "").starts_with("HTTP/1.1 200"));
}

#[cfg(unix)]
#[test]
fn what_it_writes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::without_settings().after("umask 0");
    let server = program.serve();
    server.ask("GET", "/", "", "");

    let data = program.folder().join("data");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn keys_are_replaced_without_signing_anybody_out() {
    let program = || Program::without_settings();
    let (old, new) = (program().run(&["secret"]).out, program().run(&["secret"]).out);
    let (old, new) = (old.trim(), new.trim());
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let database = format!("sqlite:{}/app.db", folder.path().display());
    let with_keys = |keys: &str| program().with("PORT", port).with("DATABASE_URL", &database).with("SECRET_KEY", keys);
    let before = with_keys(old);
    let cookie = register(&before.serve());

    for keys in [format!("{new},{old}"), new.to_owned()] {
        let after = with_keys(&keys);
        let server = after.serve();
        assert!(server.ask("GET", "/account", &cookie, "").starts_with("HTTP/1.1 200"), "{keys}");
    }
}

#[test]
fn a_session_survives_a_restart() {
    let program = Program::without_settings().with("PORT", free_port());
    let server = program.serve();
    let cookie = register(&server);
    assert_eq!(server.stop().0, 0);

    let server = program.serve();

    assert!(server.ask("GET", "/account", &cookie, "").starts_with("HTTP/1.1 200"));
}

fn register(server: &Server) -> String {
    let answer = server.ask("POST", "/register", "", &form_of("ada"));
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    session_of(&answer)
}

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
    crate::schema::execute(&program, "ALTER TABLE roles RENAME TO gone").await;

    let answer = server.ask("POST", "/register", "", &form_of("ada"));

    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    let code = answer.split("Request code <code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let (_, log) = server.stop();
    assert!(log.lines().any(|line| line.contains("\"ERROR\"") && line.contains(&code) && line.contains("roles")), "{log}");
}

#[tokio::test]
async fn routes_and_keys_are_printed() {
    let program = Program::without_settings();

    let routes = program.run(&["routes"]).out;
    let keys = [program.run(&["secret"]).out, program.run(&["secret"]).out];

    assert!(routes.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == ["GET", "POST", "/account", "signed_in"]), "{routes}");
    assert!(keys[0] != keys[1] && keys[0].trim().len() == 43);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_flood_of_sign_ins_costs_no_memory_and_no_page() {
    let program = Program::new().await.with("PORT", "0").with("LIMIT_SCALE", "1000");
    let server = program.serve();
    register(&server);

    let answers = std::thread::scope(|scope| {
        let flood: Vec<_> =
            (0..200).map(|_| scope.spawn(|| server.ask("POST", "/login", "", "identifier=ada&password=not+the+password"))).collect();
        assert!(server.ask("GET", "/", "", "").starts_with("HTTP/1.1 200"));
        flood.into_iter().map(|answer| answer.join().unwrap()).collect::<Vec<_>>()
    });

    let status =
        |answer: &&String| answer.starts_with("HTTP/1.1 422") || (answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "));
    assert_eq!(answers.iter().filter(status).count(), 200);
    assert!(server.memory() < 300 * 1024, "{} KiB", server.memory());
}

#[tokio::test]
async fn numbers_stand_on_an_address_of_their_own_and_name_no_path() {
    let port = free_port();
    let program = Program::new().await.with("PORT", "0").with("METRICS_BIND", format!("127.0.0.1:{port}"));
    let server = program.serve();
    server.ask("GET", "/login?next=/account", "", "");
    server.ask("GET", "/nope/secret-in-the-path", "", "");
    assert!(server.ask("GET", "/metrics", "", "").starts_with("HTTP/1.1 404"));

    let numbers = crate::support::ask(&format!("localhost:{port}"), "GET", "/metrics", "", "");

    for line in [
        "http_requests_total{method=\"GET\",route=\"/login\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"-\",status=\"404\"} 2",
        "http_request_duration_seconds_count{method=\"GET\",route=\"/login\"} 1",
        "passwords_waiting 0",
    ] {
        assert!(numbers.contains(line), "{line}: {numbers}");
    }
    assert!(numbers.contains("database_connections ") && !numbers.contains("secret"), "{numbers}");
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

#[test]
fn a_database_that_was_replaced_by_something_else_is_noticed() {
    let program = Program::without_settings().with("PORT", "0").with("DATABASE_URL", "sqlite:app.db");
    let server = program.serve();
    assert!(server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));

    for file in ["app.db", "app.db-wal"] {
        std::fs::File::options().write(true).open(program.folder().join(file)).unwrap().set_len(0).unwrap();
    }

    assert!(!server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));
}
