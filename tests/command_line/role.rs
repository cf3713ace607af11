use crate::{
    operate::migrated,
    support::{PASSWORD, Program},
};

async fn with_ada() -> Program {
    let program = migrated().await;
    assert_eq!(program.run_with_input(&["user", "create", "ada@example.com", "ada"], PASSWORD).code, 0);
    program
}

#[tokio::test]
async fn a_role_is_made_given_taken_and_deleted() {
    let program = with_ada().await;
    let done = |command: &str| program.run(&command.split(' ').collect::<Vec<_>>()).out;

    assert_eq!(done("role create reader --permission users.read --include user --description Reads"), "created\n");
    assert_eq!(done("role grant ADA@example.com reader") + &done("role grant ada reader"), "granted\nheld it already\n");
    assert!(done("user show ada").contains("roles           reader user\n"));
    assert!(done("role show reader").contains("held by      1\n"));
    assert_eq!(done("role revoke ada reader") + &done("role revoke ada reader"), "revoked\ndid not hold it\n");
    assert_eq!(done("role delete reader --yes"), "deleted\n");

    assert_eq!(done("role list"), "admin\t*\tmoderator\nmoderator\tposts.moderate\tuser\nuser\t\t\n");
}

#[tokio::test]
async fn what_a_role_allows_is_added_and_removed() {
    let program = migrated().await;
    let done = |command: &str| program.run(&command.split(' ').collect::<Vec<_>>()).out;

    assert_eq!(done("role add-permissions moderator users.read audit.read"), "added\n");
    assert_eq!(done("role add-permissions moderator users.read"), "had them already\n");
    assert!(done("role show moderator").contains("effective    audit.read posts.moderate users.read\n"));
    assert_eq!(done("role remove-permissions moderator users.read audit.read"), "removed\n");
    assert_eq!(done("role remove-permissions moderator users.read"), "did not have them\n");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_the_way_out() {
    let program = with_ada().await;
    program.run(&["role", "grant", "ada", "admin"]);

    for (command, code, why) in [
        ("role create moderator", 1, "of that name already"),
        ("role create -- -x", 2, "the name"),
        ("role create x --permission everything", 2, "users.read, users.manage"),
        ("role create x --include nothing", 1, "there is no role nothing"),
        ("role create x --include admin", 1, "fixed"),
        ("role grant ada nothing", 1, "See `role list`"),
        ("role grant eve user", 1, "See `user list`"),
        ("role remove-permissions admin users.read", 1, "fixed"),
        ("role delete moderator", 1, "--yes"),
        ("role delete user --yes", 1, "fixed"),
        ("role revoke ada admin", 1, "the last admin"),
        ("user deactivate ada", 1, "the last admin"),
        ("user delete ada --yes", 1, "the last admin"),
    ] {
        let refused = program.run(&command.split(' ').collect::<Vec<_>>());
        assert!(refused.code == code && refused.err.contains(why), "{command}: {} {}", refused.code, refused.err);
    }
}
