use crate::{
    database::open,
    support::{Program, is_soak, outcome},
};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::time::Duration;

/// Every table, column and index, in words.
async fn schema(program: &Program) -> Vec<String> {
    let connection = open(program).await;
    let sql = match connection.get_database_backend() {
        DbBackend::Sqlite => "SELECT name || ' ' || coalesce(sql, '') AS line FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1",
        DbBackend::MySql => {
            "SELECT CONCAT_WS(' ', table_name, column_name, column_type, collation_name, is_nullable, column_default) AS line \
             FROM information_schema.columns WHERE table_schema = database() UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, \
             seq_in_index, column_name, non_unique) FROM information_schema.statistics WHERE table_schema = database() ORDER BY 1"
        }
        _ => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(collation_name, '') || ' ' || is_nullable AS line \
             FROM information_schema.columns WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        }
    };
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.try_get("", "line").unwrap()).collect()
}

fn count() -> usize {
    Migrator::migrations().len()
}

fn newest() -> String {
    Migrator::migrations().last().unwrap().name().to_owned()
}

#[tokio::test]
async fn up_down_and_up_again_make_the_same_schema() {
    let program = Program::new().await;
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    let first = schema(&program).await;

    let down = program.run(&["migrate", "down", "100"]);
    assert_eq!((down.code, schema(&program).await.iter().filter(|line| line.contains("users")).count()), (0, 0), "{}", down.err);
    assert_eq!(program.run(&["migrate", "up"]).code, 0);

    assert_eq!(schema(&program).await, first);
}

#[tokio::test]
async fn one_step_down_and_up_keeps_the_rest() {
    let program = Program::new().await;
    assert_eq!(program.run(&["migrate", "up"]).code, 0);

    let down = program.run(&["migrate", "down"]);

    assert!(down.out.starts_with(&format!("reverted {}", newest())), "{}{}", down.out, down.err);
    assert_eq!(down.out.lines().count(), 1);
    assert!(program.run(&["migrate", "up"]).out.starts_with(&format!("applied {}", newest())));
}

#[tokio::test]
async fn the_status_says_what_is_pending_by_its_exit_code_too() {
    let program = Program::new().await;
    program.run(&["migrate", "up"]);
    program.run(&["migrate", "down", "100"]);

    let before = program.run(&["migrate", "status"]);
    program.run(&["migrate", "up"]);
    let after = program.run(&["migrate", "status"]);

    assert_eq!((before.code, before.out.lines().filter(|line| line.starts_with("pending ")).count()), (1, count()));
    assert_eq!((after.code, after.out.lines().filter(|line| line.starts_with("applied ")).count()), (0, count()));
}

#[tokio::test]
async fn starting_anew_deletes_everything_and_asks_first() {
    let program = Program::new().await;
    program.run(&["migrate", "up"]);
    program.run_with_input(&["user", "create", "ada@example.com", "ada"], crate::support::PASSWORD);

    let refused = program.run(&["migrate", "fresh"]);
    assert!(refused.code == 1 && refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(program.run(&["user", "list"]).out.lines().count(), 1);
    assert_eq!(program.run(&["migrate", "fresh", "--yes"]).code, 0);

    assert_eq!(program.run(&["user", "list"]).out, "");
}

#[tokio::test]
async fn eight_processes_that_start_at_once_migrate_once() {
    for _ in 0..if is_soak() { 20 } else { 3 } {
        let program = Program::new().await;

        let starts: Vec<_> = (0..8).map(|_| program.spawn(&["migrate", "up"])).collect();
        let outcomes: Vec<_> = starts.into_iter().map(outcome).collect();

        assert!(outcomes.iter().all(|outcome| outcome.code == 0), "{:?}", outcomes.iter().map(|outcome| &outcome.err).collect::<Vec<_>>());
        let applied: usize = outcomes.iter().map(|outcome| outcome.out.lines().count()).sum();
        assert_eq!(applied, count(), "each migration by one of them");
    }
}

#[tokio::test]
async fn a_migration_that_is_killed_leaves_nothing_half_done() {
    for round in 0..10 {
        let program = Program::new().await;
        let mut migrating = program.spawn(&["migrate", "up"]);
        tokio::time::sleep(Duration::from_millis(5 + round * 4)).await;
        migrating.kill().unwrap();
        migrating.wait().unwrap();

        let again = program.run(&["migrate", "up"]);

        assert_eq!(again.code, 0, "{}", again.err);
        assert_eq!(program.run(&["migrate", "status"]).code, 0);
    }
}
