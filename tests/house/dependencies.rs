//! What may not come in by the back door.
use super::root;
use std::{collections::BTreeMap, process::Command};

fn tree(more: &[&str]) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none", "--target", "all"])
        .args(more)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let parts = |line: &str| Some((line.split(' ').next()?.to_owned(), line.split(' ').nth(1)?.to_owned()));
    text.lines().filter_map(parts).collect()
}

#[test]
fn tls_is_rustls_with_ring_alone() {
    let packages = tree(&["--edges", "normal,build,dev", "--all-features"]);

    for unwanted in ["openssl-sys", "aws-lc-sys", "native-tls"] {
        assert!(!packages.iter().any(|(name, _)| name == unwanted), "{unwanted} came in. See `cargo tree -i {unwanted}`");
    }
}

#[test]
fn what_the_app_stands_on_is_there_once() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version) in tree(&["--edges", "normal"]) {
        let known = versions.entry(name).or_default();
        if !known.contains(&version) {
            known.push(version);
        }
    }

    for single in ["axum", "hyper", "sqlx", "sqlx-core", "sea-orm", "tower-sessions-core", "tokio", "askama"] {
        assert_eq!(versions[single].len(), 1, "{single}: {:?}", versions[single]);
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
