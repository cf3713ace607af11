use crate::{
    database::execute,
    support::{PASSWORD, Program, form_of},
};
use std::process::Command;

pub async fn migrated() -> Program {
    let program = Program::new().await;
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    program
}

pub fn is_sqlite(program: &Program) -> bool {
    program.database_url().starts_with("sqlite:")
}

#[tokio::test]
async fn what_is_over_is_counted_and_then_deleted() {
    let program = migrated().await;
    for id in ["a", "b"] {
        execute(&program, &format!("INSERT INTO throttles (id, count, resets_at) VALUES ('{id}', 1, 5)")).await;
        let token = format!("('{id}', 'reset-password', 5, 5)");
        execute(&program, &format!("INSERT INTO tokens (id, purpose, created_at, expires_at) VALUES {token}")).await;
    }
    let job = "('a', 'mail', '', 'done', 1, 5, '', 5, 5)";
    execute(
        &program,
        &format!("INSERT INTO jobs (public_id, kind, payload, state, tries, due_at, error, created_at, ended_at) VALUES {job}"),
    )
    .await;
    execute(&program, "INSERT INTO refresh_leases (owner, lease, ends_at) VALUES ('identity:1', 'x', 5)").await;

    let counted = program.run(&["cleanup", "--dry-run"]).out;
    let deleted = program.run(&["cleanup"]).out;
    let again = program.run(&["cleanup"]).out;

    let lines = |verb: &str, counts: [u64; 7]| {
        let kinds = ["sessions", "throttles", "tokens", "jobs", "devices", "attempts", "leases"];
        kinds.iter().zip(counts).map(|(kind, count)| format!("{verb} {kind} {count}\n")).collect::<String>()
    };
    assert_eq!(counted, lines("would delete", [0, 2, 2, 1, 0, 0, 1]));
    assert_eq!(deleted, lines("deleted", [0, 2, 2, 1, 0, 0, 1]));
    assert_eq!(again, lines("deleted", [0; 7]));
}

#[tokio::test]
async fn a_backup_is_whole_and_private_and_can_be_restored() {
    let program = migrated().await;
    program.run_with_input(&["user", "create", "ada@example.com", "ada"], PASSWORD);
    let file = program.folder().join("copy.db");

    let outcome = program.run(&["backup", file.to_str().unwrap()]);

    if !is_sqlite(&program) {
        assert!(outcome.code == 1 && outcome.err.contains("dump"), "{}", outcome.err);
        return;
    }
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(program.run(&["backup", file.to_str().unwrap()]).code, 1, "an older copy is never overwritten");
    let restored = Program::without_settings().with("DATABASE_URL", format!("sqlite:{}", file.display()));
    assert!(restored.run(&["user", "list"]).out.contains("ada@example.com"));
}

/// The lines of a block in a guide, after these words.
fn block_after(guide: &str, words: &str) -> String {
    let (_, rest) = guide.split_once(words).unwrap_or_else(|| panic!("{words:?} is not there"));
    rest.split("```sh\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn a_copy_is_restored_as_the_guide_says() {
    let program = Program::without_settings().with("PORT", "0").with("DATABASE_URL", "sqlite:app.db");
    let folder = program.folder().display().to_string();
    let here = |script: String| script.replace("/backups", &folder).replace("/var/lib/app", &folder);
    let guide = include_str!("../../docs/deploy.md");
    let server = program.serve();
    server.ask("POST", "/register", "", &form_of("ada"));
    let backup = here(block_after(guide, "SQLite is copied while the app runs:"));
    let arguments: Vec<&str> = backup.split_whitespace().skip(1).collect();
    assert_eq!(program.run(&arguments).code, 0, "{backup}");
    server.ask("POST", "/register", "", &form_of("late"));
    server.signal("KILL");
    server.wait();
    assert!(program.folder().join("app.db-wal").exists(), "what the copy does not have");

    let restore = here(block_after(guide, "stop the app, then, as its user,"));
    assert!(Command::new("sh").args(["-euc", &restore]).status().unwrap().success(), "{restore}");

    assert_eq!(program.run(&["user", "list"]).out.matches('@').count(), 1);
    assert!(program.serve().ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_database_that_has_the_tables_already_is_adopted() {
    let program = migrated().await;
    let all = program.run(&["migrate", "status"]).out;
    execute(&program, "DROP TABLE seaql_migrations").await;

    let stamped = program.run(&["migrate", "stamp"]);

    assert_eq!((stamped.code, stamped.out.lines().count()), (0, all.lines().count()), "{}", stamped.err);
    assert_eq!(program.run(&["migrate", "status"]).out, all);
    assert_eq!(program.run(&["migrate", "up"]).out, "");
    assert_eq!(program.run(&["doctor"]).code, 0);
}

#[test]
fn a_new_migration_is_written_and_listed() {
    let program = Program::without_settings();
    let sources = program.folder().join("migration/src");
    std::fs::create_dir_all(&sources).unwrap();
    std::fs::copy("migration/src/lib.rs", sources.join("lib.rs")).unwrap();
    let before = std::fs::read_to_string(sources.join("lib.rs")).unwrap();

    let outcome = program.run(&["migrate", "new", "add_phone_to_users"]);

    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let file = outcome.out.trim().strip_prefix("wrote ").unwrap();
    let module = file.strip_prefix("migration/src/").unwrap().strip_suffix(".rs").unwrap();
    let list = std::fs::read_to_string(sources.join("lib.rs")).unwrap();
    assert!(std::fs::read_to_string(program.folder().join(file)).unwrap().contains("impl MigrationTrait"));
    assert_eq!(list.matches(module).count(), 2);
    assert_eq!(list.lines().filter(|line| !line.contains(module)).collect::<Vec<_>>(), before.lines().collect::<Vec<_>>());
}

#[test]
fn a_migration_needs_a_plain_name_and_its_sources() {
    let program = Program::without_settings();

    for name in ["Add-Phone", "../../x", "", "1st"] {
        assert!(program.run(&["migrate", "new", name]).err.contains("is named in lower case"), "{name}");
    }
    assert!(program.run(&["migrate", "new", "add_phone"]).err.contains("Run this in the folder of the sources"));
}

#[tokio::test]
async fn a_copy_has_its_name_once_it_is_whole_and_where_it_was_asked_for() {
    let program = migrated().await;
    if !is_sqlite(&program) {
        return;
    }
    for name in [":memory:", "file:copy.db", "copy?mode=ro.db"] {
        assert_eq!(program.run(&["backup", name]).code, 0, "{name}");
        let copy = std::fs::read(program.folder().join(name)).unwrap();
        assert!(copy.starts_with(b"SQLite format 3"), "{name}");
    }

    #[cfg(unix)]
    std::os::unix::fs::symlink("elsewhere.db", program.folder().join("link.db")).unwrap();
    assert!(program.run(&["backup", "link.db"]).err.contains("is there already"));
    assert!(program.run(&["backup", "no/such/folder/copy.db"]).err.contains("Is there such a folder"));

    let mut left: Vec<_> = std::fs::read_dir(program.folder()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [":memory:", "copy?mode=ro.db", "data", "file:copy.db", "link.db"]);
}

#[test]
fn to_look_makes_no_database() {
    let program = Program::without_settings().with("DATABASE_URL", "sqlite:mistyped/app.db");

    for command in [&["doctor"][..], &["migrate", "status"], &["cleanup", "--dry-run"], &["user", "list"]] {
        let outcome = program.run(command);
        assert_eq!(outcome.code, 1, "{command:?}");
        assert!(format!("{}{}", outcome.out, outcome.err).contains("there is no database sqlite:mistyped/app.db"), "{command:?}");
    }

    assert!(!program.folder().join("mistyped").exists());
}
