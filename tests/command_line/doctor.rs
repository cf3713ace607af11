use crate::{
    database::execute,
    operate::{is_sqlite, migrated},
    support::{Issuer, PASSWORD, PLAIN, Program},
};

#[tokio::test]
async fn the_doctor_finds_nothing_where_all_is_well() {
    let program = migrated().await;

    let outcome = program.run(&["doctor"]);

    let fine = outcome.out.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!((outcome.code, fine), (0, if is_sqlite(&program) { 9 } else { 8 }), "{}{}", outcome.out, outcome.err);
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let program = migrated().await;
    program.run(&["migrate", "down"]);
    let pending = program.run(&["doctor"]);
    assert!(pending.code == 1 && pending.out.contains("WRONG migrations") && pending.out.contains("migrate up"), "{}", pending.out);

    program.run(&["migrate", "up"]);
    execute(&program, "ALTER TABLE users DROP COLUMN name").await;
    let changed = program.run(&["doctor"]);
    assert!(changed.code == 1 && changed.out.contains("WRONG schema") && changed.out.contains("users"), "{}", changed.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_each_provider() {
    let issuer = Issuer::start(PLAIN).await;
    let url = issuer.url.clone();
    let with = async |issuer: String| {
        migrated().await.with("OAUTH_SSO_ISSUER", issuer).with("OAUTH_SSO_CLIENT_ID", "x").with("OAUTH_SSO_CLIENT_SECRET", "x")
    };

    let (right, wrong) = (with(url.clone()).await.run(&["doctor"]), with(format!("{url}/")).await.run(&["doctor"]));

    assert!(right.code == 0 && right.out.contains("provider   sso answers"), "{}{}", right.out, right.err);
    let line = wrong.out.lines().find(|line| line.starts_with("WRONG provider")).unwrap();
    assert!(wrong.code == 1 && line.contains(&format!("`{url}`")) && line.contains(&format!("`{url}/`")), "{line}");
}

#[tokio::test]
async fn the_doctor_notices_a_clock_that_was_set_back() {
    let program = migrated().await;
    program.run_with_input(&["user", "create", "ada@example.com", "ada"], PASSWORD);
    execute(&program, "UPDATE audit SET at = at + 7200000").await;

    let outcome = program.run(&["doctor"]);

    assert!(outcome.code == 1 && outcome.out.contains("WRONG clock"), "{}", outcome.out);
}

#[cfg(unix)]
#[test]
fn the_doctor_notices_a_file_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::without_settings().with("DATABASE_URL", "sqlite:app.db");
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    std::fs::set_permissions(program.folder().join("app.db"), std::fs::Permissions::from_mode(0o644)).unwrap();

    let outcome = program.run(&["doctor"]);

    assert!(outcome.code == 1 && outcome.out.contains("WRONG file") && outcome.out.contains("chmod 600 app.db"), "{}", outcome.out);
}
