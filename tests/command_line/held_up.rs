//! How it ends with people who will not leave.
use crate::{
    stop::{READ, begin_form},
    support::{Program, form_of, session_of},
};
use sea_orm::{ConnectionTrait, Database};
use std::{
    io::{Read, Write},
    thread::sleep,
    time::{Duration, Instant},
};

#[tokio::test]
async fn fifty_who_hold_on_cannot_hold_it_up() {
    let program = Program::without_settings().with("PORT", "0").with("DATABASE_URL", "sqlite:app.db");
    let server = program.serve();
    let cookie = session_of(&server.ask("POST", "/register", "", &form_of("ada")));
    let outside = Database::connect(format!("sqlite:{}/app.db", program.folder().display())).await.unwrap();
    outside.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let save = "username=ada&name=Ada";
    let mut writing = server.begin_form("/account", &cookie, save.len(), save);
    let _heads: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
            stream
        })
        .collect();
    let _forms: Vec<_> = (0..50).map(|_| begin_form(&server)).collect();
    sleep(READ);

    let started = Instant::now();
    server.signal("TERM");

    let mut answer = String::new();
    writing.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "who waits for the lock is answered: {answer}");
    assert_eq!(server.wait(), 0);
    assert!(started.elapsed() < Duration::from_secs(30));
}
