//! Every operator's mistake gets one clear answer with its cure, and no backtrace.
use crate::support::{Outcome, Program};
use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

#[track_caller]
fn is_refused(outcome: &Outcome, cure: &str) {
    assert_ne!(outcome.code, 0);
    assert!(outcome.err.starts_with("error: ") && outcome.err.contains(cure), "{}", outcome.err);
    assert!(!outcome.err.contains("backtrace") && !outcome.err.contains("panicked") && !outcome.err.contains(".rs:"), "{}", outcome.err);
}

fn refuses(program: &Program, cure: &str) {
    let outcome = program.run(&[]);
    is_refused(&outcome, cure);
    assert_eq!(outcome.err.trim_end().lines().count(), 1, "{}", outcome.err);
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    refuses(&Program::new().await.with("PORT", &port), "set PORT or BIND to an address that is free");
}

#[test]
fn a_folder_that_cannot_be_written() {
    refuses(&Program::without_settings().with("DATABASE_URL", "sqlite:/dev/null/app.db"), "Make it and its folder writable");
}

#[test]
fn a_folder_without_room_for_a_key() {
    let program = Program::without_settings();
    fs::write(program.folder().join("data"), "a file where a folder is wanted").unwrap();

    refuses(&program, "or set SECRET_KEY");
}

#[test]
fn a_file_that_is_no_database() {
    let program = Program::without_settings().with("DATABASE_URL", "sqlite:notes.txt");
    fs::write(program.folder().join("notes.txt"), "not a database at all, but long enough to be read as one".repeat(50)).unwrap();

    refuses(&program, "is the file an SQLite database?");
}

#[test]
fn a_server_that_does_not_answer() {
    refuses(&Program::without_settings().with("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/app"), "Does the server run");
}

#[test]
fn a_server_that_takes_the_call_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://ada@{}/app", silent.local_addr().unwrap());
    let started = Instant::now();

    refuses(&Program::without_settings().with("DATABASE_URL", &url), "Does the server run");

    assert!(started.elapsed() < Duration::from_secs(30));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::without_settings().with("PORT", "0");
    drop(program.serve());
    fs::set_permissions(program.folder().join("data/dev.key"), fs::Permissions::from_mode(0o640)).unwrap();

    refuses(&program, "chmod 600 data/dev.key");
}

#[test]
fn a_password_is_never_shown() {
    let outcome = Program::without_settings().with("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/app").run(&[]);

    assert!(!outcome.err.contains("hunter2"), "{}", outcome.err);
}

#[test]
fn a_line_of_the_env_file_that_cannot_be_read() {
    let program = Program::without_settings();
    fs::write(program.folder().join(".env"), "PORT=3000\nthis is no setting\n").unwrap();

    refuses(&program, "line 2 of .env cannot be read. Each line is NAME=value");
    for value in ["My Shop", "Ada's shop", "\"My Shop"] {
        std::fs::write(program.folder().join(".env"), format!("# a note\n\nAPP_NAME={value}\n")).unwrap();
        refuses(&program, "line 3 of .env cannot be read");
    }
}

#[test]
fn several_settings_are_named_at_once() {
    let program = Program::without_settings().with("PORT", "x").with("LOG_FORMAT", "xml");
    fs::write(program.folder().join(".env"), "MIGRATE_AT_START=no\n").unwrap();

    let outcome = program.run(&[]);

    is_refused(&outcome, "PORT must be a port number");
    assert_eq!(outcome.err.matches("\n  - ").count(), 3, "{}", outcome.err);
}

#[test]
fn a_log_filter_that_is_none() {
    for filter in ["info,==", "verbose"] {
        let outcome = Program::without_settings().with("LOG", filter).run(&[]);
        is_refused(&outcome, "LOG is no filter. Use a level such as info");
    }
}

#[tokio::test]
async fn a_schema_from_the_future() {
    let program = Program::new().await;
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    crate::database::execute(&program, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)").await;

    let program = program.with("PORT", "0");
    refuses(&program, "Run that version, or restore a backup");
    refuses(&program.with("MIGRATE_ON_START", "no"), "Run that version, or restore a backup");
}

#[tokio::test]
async fn a_schema_that_is_behind_where_migrations_are_applied_by_hand() {
    refuses(&Program::new().await.with("PORT", "0").with("MIGRATE_ON_START", "no"), "migrate up");
}

#[test]
fn a_command_that_does_not_exist() {
    let outcome = Program::without_settings().run(&["serv"]);

    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("serve"), "{}", outcome.err);
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_no_text_is_not_taken_for_none() {
    let outcome = Program::without_settings().after("export TRUSTED_PROXIES=$(printf '\\377')").run(&[]);

    assert!(outcome.code == 1 && outcome.err.contains("TRUSTED_PROXIES is no UTF-8 text"), "{}", outcome.err);
}
