use crate::support::{Program, Server, form_of, free_port, session_of};

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
fn a_new_key_opens_what_an_old_one_sealed_until_that_is_dropped() {
    let program = || Program::without_settings();
    let (old, new) = (program().run(&["secret"]).out, program().run(&["secret"]).out);
    let (old, new) = (old.trim(), new.trim());
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let database = format!("sqlite:{}/app.db", folder.path().display());
    let with_keys = |keys: &str| program().with("PORT", port).with("DATABASE_URL", &database).with("SECRET_KEY", keys);
    let before = with_keys(old);
    let server = before.serve();
    let session = register(&server);
    let message = message_of(&server.ask("POST", "/logout", "", ""));
    drop(server);

    for (keys, opens) in [(format!("{old},{new}"), true), (format!("{new},{old}"), true), (new.to_owned(), false)] {
        let after = with_keys(&keys);
        let server = after.serve();
        assert!(server.ask("GET", "/account", &session, "").starts_with("HTTP/1.1 200"), "{keys}");
        assert_eq!(server.ask("GET", "/login", &message, "").contains("You are signed out."), opens, "{keys}");
    }
}

/// The sealed cookie of a message for the next page, as `name=value`.
fn message_of(answer: &str) -> String {
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    cookies.map(|cookie| cookie.split(';').next().unwrap()).find(|cookie| cookie.contains("-flash=")).unwrap().to_owned()
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

pub fn register(server: &Server) -> String {
    let answer = server.ask("POST", "/register", "", &form_of("ada"));
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    session_of(&answer)
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

#[test]
fn a_database_that_was_replaced_by_something_else_is_noticed() {
    let program = Program::without_settings().with("PORT", "0").with("DATABASE_URL", "sqlite:app.db");
    let server = program.serve();
    // Often enough that each connection of the pool has in memory what is asked for.
    for _ in 0..20 {
        assert!(server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));
    }

    for file in ["app.db", "app.db-wal"] {
        std::fs::File::options().write(true).open(program.folder().join(file)).unwrap().set_len(0).unwrap();
    }

    assert!(!server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));
}
