//! Mail by a real mail server, well and not, and what becomes of it when the app is killed.
use crate::{
    database::{count, execute, open},
    support::{Program, Server, Smtp, form_of},
};
use std::time::{Duration, Instant};

async fn program(smtp: &Smtp) -> Program {
    Program::new().await.with("PORT", "0").with("LIMIT_SCALE", 1000).with("SMTP_URL", smtp.url())
}

/// How long it took to be answered.
fn register(server: &Server, username: &str) -> Duration {
    let started = Instant::now();
    let answer = server.ask("POST", "/register", "", &form_of(username));
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    started.elapsed()
}

async fn waiting(program: &Program) -> i64 {
    let database = open(program).await;
    count(&database, "SELECT COUNT(*) AS n FROM jobs WHERE kind = 'mail' AND state = 'waiting'").await
}

/// What failed is due now.
async fn time_passes(program: &Program) {
    execute(program, "UPDATE jobs SET due_at = 1 WHERE state = 'waiting'").await;
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_else(|| panic!("no {name} in {mail}"))
}

#[tokio::test]
async fn a_mail_leaves_whole_once() {
    let smtp = Smtp::start();
    let program = program(&smtp).await.with("MAIL_FROM", "Acme <noreply@acme.example>");
    let server = program.serve();

    register(&server, "ada");
    let mails = smtp.waits_for(1);

    let mail = &mails[0];
    assert_eq!((header(mail, "To"), header(mail, "From")), ("ada@example.com", "Acme <noreply@acme.example>"));
    assert_eq!((header(mail, "Subject"), header(mail, "Auto-Submitted")), ("Confirm your email address", "auto-generated"));
    assert!(header(mail, "Message-ID").ends_with("@localhost>") && header(mail, "Content-Type").starts_with("multipart/alternative"));
    assert!(mail.contains("text/plain") && mail.contains("text/html"));
    assert!(program.run(&["mail", "test", "bea@example.com"]).out.contains("took it"));
    assert_eq!(header(&smtp.waits_for(2)[1], "Subject"), "Mail works");
}

/// R15: whatever the mail server does, the answers are the same, nothing is lost, and what leaves leaves once.
#[tokio::test]
async fn a_mail_server_that_fails_delays_mail_and_nothing_else() {
    let smtp = Smtp::start();
    let program = program(&smtp).await;
    let server = program.serve();
    register(&server, "warm-up");
    smtp.waits_for(1);

    for (n, mode) in ["421", "535", "hang"].into_iter().enumerate() {
        smtp.fails_by(mode);
        for guest in 0..3 {
            register(&server, &format!("guest{n}x{guest}"));
        }
    }
    assert_eq!(waiting(&program).await, 9);
    drop(server);
    smtp.fails_by("ok");
    time_passes(&program).await;
    let _server = program.serve();

    let mails = smtp.waits_for(10);
    let mut ids: Vec<&str> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (10, 10));
}

#[tokio::test]
async fn what_is_refused_for_good_is_parked_without_a_word_of_whom() {
    let smtp = Smtp::start();
    let program = program(&smtp).await;
    smtp.fails_by("550");
    let server = program.serve();

    register(&server, "ada");

    let (database, started) = (open(&program).await, Instant::now());
    while count(&database, "SELECT COUNT(*) AS n FROM jobs WHERE state = 'parked' AND error LIKE '%550%'").await == 0 {
        assert!(started.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count(&database, "SELECT COUNT(*) AS n FROM jobs WHERE error LIKE '%ada%'").await, 0);
    let (_, log) = server.stop();
    assert!(log.contains("parked") && !log.contains("ada@"), "{log}");
}

#[tokio::test]
async fn killed_between_queue_and_mail_server_nothing_is_lost_and_nothing_doubled() {
    let smtp = Smtp::start();
    let program = program(&smtp).await;
    smtp.fails_by("hang");
    let server = program.serve();
    for n in 0..5 {
        register(&server, &format!("ada{n}"));
    }

    server.signal("KILL");
    server.wait();
    smtp.fails_by("ok");
    time_passes(&program).await;
    let (_server, mut worker) = (program.serve(), program.spawn(&["worker"]));

    assert_eq!(smtp.waits_for(5).len(), 5);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(smtp.taken().len(), 5);
    worker.kill().unwrap();
    worker.wait().unwrap();
}

/// Nobody can know whether it left, so it is sent again, and the reader's program knows it by its Message-ID.
#[tokio::test]
async fn a_server_that_hangs_up_too_soon_gets_the_same_mail_again() {
    let smtp = Smtp::start();
    let program = program(&smtp).await;
    smtp.fails_by("drop");
    let server = program.serve();
    register(&server, "ada");
    smtp.waits_for(1);
    smtp.fails_by("ok");
    while waiting(&program).await == 1 {
        time_passes(&program).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    let mails = smtp.waits_for(2);

    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_where_it_is_demanded() {
    let smtp = Smtp::start();
    let program = Program::new().await.with("SMTP_URL", format!("{}?tls=required", smtp.url()));

    let outcome = program.run(&["mail", "test", "ada@example.com"]);

    assert!(outcome.code == 1 && smtp.taken().is_empty(), "{}{}", outcome.out, outcome.err);
}

#[tokio::test]
async fn a_worker_alone_does_what_a_server_without_one_leaves() {
    let smtp = Smtp::start();
    let program = program(&smtp).await.with("PORT", crate::support::free_port());
    let server = program.serve_with(&["serve", "--without-worker"]);
    register(&server, "ada");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(smtp.taken().is_empty());

    let mut worker = program.spawn(&["worker"]);

    smtp.waits_for(1);
    crate::support::signal(&worker, "TERM");
    assert!(worker.wait().unwrap().success());
}

#[test]
fn without_a_mail_server_a_test_is_kept_and_without_mail_it_is_refused() {
    let program = Program::without_settings();
    assert!(program.run(&["mail", "test", "ada@example.com"]).out.contains("/dev/mail"));
    assert_eq!(program.run(&["mail", "test", "ada"]).code, 1);

    assert!(Program::without_settings().with("MAIL", "off").run(&["mail", "test", "ada@example.com"]).err.contains("MAIL is off"));
}
