//! From an empty database to the first admin, and to one that is full.
use crate::{
    operate::migrated,
    support::{PASSWORD, Program},
};

#[tokio::test]
async fn the_server_prints_a_link_until_there_is_an_admin() {
    let program = migrated().await;
    let printed =
        |program: &Program| program.serve().said().lines().filter(|line| line.contains("/setup/")).map(str::to_owned).collect::<Vec<_>>();
    let first = printed(&program);
    assert_eq!(first.len(), 1, "{first:?}");
    let token = |lines: &[String]| lines[0].rsplit('/').next().unwrap().to_owned();
    assert_eq!(token(&printed(&program)), token(&first), "the same after a restart");

    program.run_with_input(&["user", "create", "ada@example.com", "ada", "--admin"], PASSWORD);

    assert!(program.run(&["user", "show", "ada"]).out.contains("roles           admin user\n"));
    assert!(printed(&program).is_empty());
}

#[tokio::test]
async fn links_for_a_password_are_printed_and_nothing_else_is() {
    let program = migrated().await;
    program.run_with_input(&["user", "create", "ada@example.com", "ada"], PASSWORD);

    for command in ["password-link", "reset-access"] {
        let printed = program.run(&["user", command, "ada"]).out;
        assert!(printed.lines().count() == 1 && printed.contains("://") && printed.contains("/password/reset/"), "{printed}");
    }
    assert!(program.run(&["user", "show", "ada"]).out.contains("password        none"));
    assert_eq!(program.run(&["user", "end-sessions", "ada"]).out, "was signed in nowhere\n");
}

#[tokio::test]
async fn a_database_is_filled_but_not_one_with_people_in_it() {
    let program = migrated().await;

    for people in ["2500", "20"] {
        assert_eq!(program.run(&["seed", "--people", people]).code, 0);
    }
    let list = program.run(&["user", "list"]).out;
    assert_eq!(list.lines().count(), 2520);
    assert!(list.lines().all(|line| line.contains("@people.example")), "{list}");

    program.run_with_input(&["user", "create", "eve@example.com", "eve"], PASSWORD);
    let refused = program.run(&["seed", "--people", "1"]);
    assert!(refused.code == 1 && refused.err.contains("--among-others"), "{}", refused.err);
    assert!(program.run(&["seed", "--people", "1", "--among-others"]).out.starts_with("made 1 people\n"));
}
