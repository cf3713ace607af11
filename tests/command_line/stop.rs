//! How it ends: told to, with requests in flight, and while it waits for others.
use crate::{
    database::open,
    support::{Program, Server, free_port, outcome, signal},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use std::{
    io::{Read, Write},
    net::TcpStream,
    thread::sleep,
    time::{Duration, Instant},
};

/// Until its head is read it is no request.
pub const READ: Duration = Duration::from_millis(200);

/// The head of a form and a part of its body; the rest is `password=x`.
pub fn begin_form(server: &Server) -> TcpStream {
    server.begin_form("/login", "", "identifier=ada&password=x".len(), "identifier=ada&")
}

#[test]
fn a_service_manager_is_told_before_anything_closes() {
    let program = Program::without_settings().with("PORT", "0");
    let server = program.serve();
    assert!(server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));

    server.signal("TERM");
    sleep(Duration::from_secs(1));

    assert!(server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 503"));
    assert!(server.ask("GET", "/login", "", "").starts_with("HTTP/1.1 200"), "who has not noticed yet is served");
    assert_eq!(server.wait(), 0);
}

#[test]
fn a_request_in_flight_finishes() {
    let program = Program::without_settings().with("PORT", "0");
    let server = program.serve();
    let mut stream = begin_form(&server);
    sleep(READ);

    server.signal("INT");
    sleep(Duration::from_secs(1));
    stream.write_all(b"password=x").unwrap();

    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert_eq!(server.wait(), 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let program = Program::without_settings().with("PORT", "0");
    let server = program.serve();
    let _held = begin_form(&server);
    sleep(READ);

    server.signal("TERM");
    sleep(Duration::from_millis(300));
    let started = Instant::now();
    server.signal("TERM");

    assert_eq!(server.wait(), 130);
    assert!(started.elapsed() < Duration::from_secs(2));
}

/// As another process that migrates, or died half-way unseen.
async fn hold_the_lock(program: &Program) -> DatabaseConnection {
    let outside = open(program).await;
    let lock = match outside.get_database_backend() {
        DbBackend::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        DbBackend::MySql => "DO GET_LOCK(CONCAT('migrate.', SHA1(DATABASE())), 1)".to_owned(),
        _ => format!("SELECT pg_advisory_lock({})", 0x006d_6967_7261_7465_i64),
    };
    outside.execute_unprepared(&lock).await.unwrap();
    outside
}

#[tokio::test]
async fn a_start_that_waits_for_another_can_be_stopped() {
    let port = free_port();
    let program = Program::new().await.with("PORT", port);
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    let _held = hold_the_lock(&program).await;

    let mut starting = program.spawn(&[]);
    sleep(Duration::from_secs(1));
    assert!(starting.try_wait().unwrap().is_none(), "it waits");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "and lets nobody wait for it");
    let told = Instant::now();
    signal(&starting, "TERM");

    assert_eq!(outcome(starting).code, 0);
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
}
