//! What may not come in by the back door. Cargo.lock names every package of every feature and platform.
use super::read;

fn versions(name: &str) -> Vec<String> {
    let lock = read("Cargo.lock");
    let packages = lock.split("[[package]]").filter(|package| package.contains(&format!("\nname = \"{name}\"\n")));
    packages.map(|package| package.lines().find(|line| line.starts_with("version")).unwrap().to_owned()).collect()
}

#[test]
fn tls_is_rustls_with_ring_alone() {
    assert_eq!(versions("ring").len(), 1);

    for unwanted in ["openssl-sys", "aws-lc-sys", "native-tls"] {
        assert!(versions(unwanted).is_empty(), "{unwanted} came in. See `cargo tree --all-features -i {unwanted}`");
    }
}

#[test]
fn what_the_app_stands_on_is_there_once() {
    for single in ["axum", "hyper", "sqlx", "sqlx-core", "sea-orm", "tower-sessions-core", "tokio", "askama"] {
        assert_eq!(versions(single).len(), 1, "{single}: {:?}", versions(single));
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_is_one_that_keeps_its_write_ahead_log_whole() {
    use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
    let connection = Database::connect("sqlite::memory:").await.unwrap();

    let row = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version() AS v")).await.unwrap().unwrap();

    let version: String = row.try_get("", "v").unwrap();
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "SQLite {version}: before 3.51.3 a checkpoint could lose pages");
}
