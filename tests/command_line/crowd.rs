//! More visitors than it has room for, and visitors who leave before they are answered.
use crate::{
    database::{count, is_whole, open},
    support::{Program, Server, form_of, session_of},
};
use sea_orm::{ConnectionTrait, DbBackend};
use std::{
    net::TcpStream,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

fn send(server: &Server, path: &str, cookie: &str, form: &str) -> TcpStream {
    server.begin_form(path, cookie, form.len(), form)
}

#[tokio::test]
async fn a_thousand_who_hang_up_leave_nothing_half_done() {
    let program = Program::new().await.with("PORT", "0").with("LIMIT_SCALE", "1000").with("LOG", "error");
    let server = program.serve();
    let cookie = session_of(&server.ask("POST", "/register", "", &form_of("ada")));

    scope(|scope| {
        for thread in 0..4 {
            let (server, cookie) = (&server, &cookie);
            scope.spawn(move || {
                for n in 0..250 {
                    // Sent, and gone.
                    drop(match n % 5 {
                        0 => send(server, "/register", "", &form_of(&format!("visitor{thread}x{n}"))),
                        _ => send(server, "/account", cookie, &format!("username=ada&name=Ada+{n}")),
                    });
                }
            });
        }
    });

    sleep(Duration::from_secs(3));
    let database = open(&program).await;
    assert!(count(&database, "SELECT COUNT(*) AS n FROM users").await > 1, "some were served before it was known that they left");
    is_whole(&program).await;
    assert_eq!(open_transactions(&database).await, 0);
    scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert!(server.ask("POST", "/account", &cookie, "username=ada&name=Ada").starts_with("HTTP/1.1 303")));
        }
    });
}

/// Of this database; SQLite's one writer is the lock that this takes.
async fn open_transactions(database: &impl ConnectionTrait) -> i64 {
    let sql = match database.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        }
        DbBackend::MySql => {
            "SELECT COUNT(*) AS n FROM information_schema.innodb_trx AS trx
             JOIN information_schema.processlist AS process ON process.id = trx.trx_mysql_thread_id WHERE process.db = DATABASE()"
        }
        _ => {
            database.execute_unprepared("BEGIN IMMEDIATE; ROLLBACK").await.unwrap();
            return 0;
        }
    };
    count(database, sql).await
}

#[tokio::test]
async fn more_connections_than_files_are_survived() {
    let program = Program::without_settings().with("PORT", "0").with("LOG", "error").after("ulimit -n 256");
    let server = program.serve();
    assert!(server.ask("GET", "/login", "", "").starts_with("HTTP/1.1 200"));

    let crowd: Vec<TcpStream> = (0..600).map(|_| server.connect()).collect();
    sleep(Duration::from_secs(1));
    drop(crowd);

    let gone = Instant::now();
    assert!(server.ask("GET", "/login", "", "").starts_with("HTTP/1.1 200"));
    assert!(gone.elapsed() < Duration::from_secs(5), "{:?}", gone.elapsed());
}
