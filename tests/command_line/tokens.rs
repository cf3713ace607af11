//! What providers granted, in a program that is killed, copied and given other keys.
use crate::{
    database::execute,
    log::{contains, database_of},
    operate::is_sqlite,
    support::{Issuer, PLAIN, Program, Server, session_of},
};
use serde_json::json;
use std::{
    thread::{scope, sleep},
    time::Duration,
};

/// Tokens last for a second.
async fn start() -> (Issuer, Program) {
    let issuer = Issuer::start(PLAIN).await;
    issuer.hands_out(1);
    issuer.says(json!({ "sub": "1815", "name": "Ada", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true }));
    let mut program = Program::new().await.with("PORT", "0").with("LOG", "trace").with("OAUTH_SSO_TRUST_EMAIL", "yes");
    for (name, value) in issuer.settings("SSO") {
        program = program.with(&name, value);
    }
    (issuer, program)
}

/// Out to the provider and back. Her session.
fn sign_in(server: &Server, issuer: &Issuer) -> String {
    let out = server.ask("POST", "/oauth/sso/login", "", "next=");
    let authorize = out.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    let back = server.ask("GET", &issuer.allow(&authorize), &session_of(&out), "");
    assert!(back.contains("location: /\r\n"), "{back}");
    session_of(&back)
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_log_nor_database_nor_copy_holds_a_token() {
    let (issuer, program) = start().await;
    let server = program.serve();
    let session = sign_in(&server, &issuer);
    sleep(Duration::from_millis(1100));
    let page = server.ask("GET", "/account/connections", &session, "");
    assert!(page.contains("<dd>Ada, ada, ada@example.com</dd>") && issuer.refreshes() == 1, "{page}");

    let mut dump = database_of(&program);
    if is_sqlite(&program) {
        let copy = program.folder().join("copy.db");
        assert_eq!(program.run(&["backup", copy.to_str().unwrap()]).code, 0);
        dump.extend(std::fs::read(copy).unwrap());
    }
    assert_eq!(program.run(&["user", "delete", "ada", "--yes"]).code, 0);
    for _ in 0..100 {
        if !issuer.revocations().is_empty() {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    assert_eq!(issuer.revocations()[0]["token"], "refresh-2", "deleting a person revokes what they granted");
    dump.extend(database_of(&program));
    let (_, log) = server.stop();

    assert!(log.contains("TRACE") && log.contains("/account/connections"), "more than the usual is logged");
    for token in ["access-1", "access-2", "refresh-1", "refresh-2"] {
        assert!(!log.contains(token) && !contains(&dump, token), "{token}");
    }
}

/// The provider has used up the old refresh token, and nobody heard of the new one.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_providers_answer_and_the_save_the_person_is_asked_to_reconnect() {
    let (issuer, program) = start().await;
    let server = program.serve();
    let session = sign_in(&server, &issuer);
    sleep(Duration::from_millis(1100));
    issuer.stalls(Duration::from_secs(5));
    scope(|threads| {
        threads.spawn(|| crate::support::try_ask(server.host(), "GET", "/account/connections", &session, ""));
        while issuer.refreshes() == 0 {
            sleep(Duration::from_millis(10));
        }
        server.signal("KILL");
    });
    server.wait();

    let server = program.serve();
    let session = sign_in_elsewhere(&server, &session);
    let page = server.ask("GET", "/account/connections", &session, "");
    assert!(page.contains("does not answer at the moment"), "whoever died holds the lease: {page}");
    execute(&program, "UPDATE refresh_leases SET ends_at = 1").await;
    let page = server.ask("GET", "/account/connections", &session, "");

    assert!(page.starts_with("HTTP/1.1 200") && page.contains("reconnect needed"), "{page}");
    assert_eq!(issuer.refreshes(), 2, "asked once more, and never again");
    let out = server.ask("POST", "/oauth/sso/connect", &session, "next=");
    let authorize = out.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    server.ask("GET", &issuer.allow(&authorize), &format!("{session}; {}", session_of(&out)), "");
    assert!(server.ask("GET", "/account/connections", &session, "").contains("<dd>Ada, ada, ada@example.com</dd>"));
}

/// The port is another one, and so is the name of the cookie.
fn sign_in_elsewhere(server: &Server, session: &str) -> String {
    let port = server.host().rsplit(':').next().unwrap();
    let (name, value) = session.split_once('=').unwrap();
    format!("{}-{port}={value}", name.rsplit_once('-').unwrap().0)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_everything_is_sealed_anew_and_the_old_key_can_go() {
    let (issuer, program) = start().await;
    let old = program.run(&["secret"]).out.trim().to_owned();
    let new = program.run(&["secret"]).out.trim().to_owned();
    let program = program.with("SECRET_KEY", &old);
    let server = program.serve();
    sign_in(&server, &issuer);
    server.stop();

    let program = program.with("SECRET_KEY", &new);
    let refused = program.run(&["reseal"]);
    assert!(refused.code == 1 && refused.err.contains("Add it at the end, and run this again"), "{}", refused.err);
    let program = program.with("SECRET_KEY", format!("{new},{old}"));
    let outcome = program.run(&["reseal"]);
    assert!(outcome.code == 0 && outcome.out.contains("sealed provider tokens anew: 1\n"), "{}{}", outcome.out, outcome.err);
    assert!(program.run(&["reseal"]).out.contains("sealed provider tokens anew: 0\n"));

    let program = program.with("SECRET_KEY", &new);
    let server = program.serve();
    let session = sign_in(&server, &issuer);
    assert!(server.ask("GET", "/account/connections", &session, "").contains("<dd>Ada, ada, ada@example.com</dd>"));
}

/// Nobody waits for it, and yet nobody else has what the provider hands out.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_what_a_provider_is_handing_out() {
    let (issuer, program) = start().await;
    let server = program.serve();
    let session = sign_in(&server, &issuer);
    sleep(Duration::from_millis(1100));
    issuer.stalls(Duration::from_secs(6));
    let page = server.ask("GET", "/account/connections", &session, "");
    assert!(page.contains("does not answer at the moment"), "{page}");
    assert_eq!(server.stop().0, 0);

    let server = program.serve();
    let page = server.ask("GET", "/account/connections", &sign_in_elsewhere(&server, &session), "");

    assert!(page.contains("<dd>Ada, ada, ada@example.com</dd>"), "{page}");
}
