use crate::support::{OTHER_PASSWORD, PASSWORD, Program};

async fn with_ada() -> Program {
    let program = Program::new().await;
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    let created = program.run_with_input(&["user", "create", "Ada@Example.com", "Ada"], &format!("{PASSWORD}\n"));
    assert_eq!((created.code, created.out.as_str()), (0, "created 1\n"), "{}", created.err);
    program
}

#[tokio::test]
async fn people_are_made_listed_and_shown() {
    let program = with_ada().await;

    assert_eq!(program.run(&["user", "list"]).out, "1\tada@example.com\tada\tactive\n");
    let shown = program.run(&["user", "show", "ADA@example.com"]).out;

    assert!(shown.contains("email           ada@example.com") && shown.contains("password        set"), "{shown}");
    assert!(!shown.contains("confirmed       never") && !shown.contains("argon2"), "{shown}");
}

#[tokio::test]
async fn what_registration_refuses_the_command_line_refuses_too() {
    let program = with_ada().await;

    for (email, username, password, why) in [
        ("ada@example.com", "ada2", PASSWORD, "has an account already"),
        ("eve@example.com", "ada", PASSWORD, "the username is taken"),
        ("eve", "eve", PASSWORD, "must look like"),
        ("eve@example.com", "admin", PASSWORD, "is reserved"),
        ("eve@example.com", "eve", "short", "at least 12 characters"),
        ("eve@example.com", "eve", "password1234", "easy to guess"),
    ] {
        let refused = program.run_with_input(&["user", "create", email, username], password);
        assert!(refused.code == 1 && refused.err.contains(why), "{}", refused.err);
    }
    assert_eq!(program.run(&["user", "list"]).out.lines().count(), 1);
}

#[tokio::test]
async fn people_are_deactivated_and_activated() {
    let program = with_ada().await;

    assert_eq!(program.run(&["user", "deactivate", "ada"]).out, "deactivated\n");
    assert_eq!(program.run(&["user", "deactivate", "ada"]).out, "was not active\n");
    assert!(program.run(&["user", "list"]).out.ends_with("deactivated\n"));
    assert_eq!(program.run(&["user", "activate", "ada"]).out, "activated\n");
    assert_eq!(program.run(&["user", "activate", "ada"]).out, "was active\n");
    assert_eq!(program.run(&["user", "toggle", "ada"]).out, "deactivated\n");
    assert_eq!(program.run(&["user", "toggle", "ada"]).out, "activated\n");
}

#[tokio::test]
async fn a_password_is_set_from_standard_input_never_from_an_argument() {
    let program = with_ada().await;

    let set = program.run_with_input(&["user", "set-password", "ada"], OTHER_PASSWORD);
    let argument = program.run(&["user", "set-password", "ada", OTHER_PASSWORD]);

    assert_eq!(set.code, 0, "{}", set.err);
    assert_eq!(argument.code, 2);
}

#[tokio::test]
async fn deleting_asks_first() {
    let program = with_ada().await;

    let refused = program.run(&["user", "delete", "ada"]);
    assert!(refused.code == 1 && refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(program.run(&["user", "delete", "ada", "--yes"]).out, "deleted\n");

    assert_eq!(program.run(&["user", "list"]).out, "");
    assert!(program.run(&["user", "show", "ada"]).err.contains("there is no user ada"));
}

#[tokio::test]
async fn the_schema_must_fit() {
    let refused = Program::new().await.run(&["user", "list"]);

    assert!(refused.code == 1 && refused.err.contains("migrate up"), "{}", refused.err);
}
