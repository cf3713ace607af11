//! A migrated database for each test, copied from one template: SQLite, or the server at TEST_DATABASE_URL.
use app::db::migrate;
use sea_orm::{ConnectionTrait, Database};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Keep the folder as long as the database is used.
pub async fn create() -> (String, Option<TempDir>) {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(server) if server.starts_with("mysql:") => (migrated().await, None),
        Ok(server) => (copy_on(&server).await, None),
        Err(_) => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("test.db");
            std::fs::write(&path, sqlite_template().await).unwrap();
            (format!("sqlite:{}", path.display()), Some(folder))
        }
    }
}

/// On the server at TEST_DATABASE_URL, and on no other.
pub async fn create_migrated() -> String {
    assert!(std::env::var("TEST_DATABASE_URL").is_ok(), "this takes a database server: set TEST_DATABASE_URL, as tests/run does");
    create().await.0
}

async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(async || {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("template.db");
            migrate::up(&format!("sqlite:{}", path.display()).parse().unwrap()).await.unwrap();
            std::fs::read(path).unwrap()
        })
        .await
}

/// MySQL copies no databases.
async fn migrated() -> String {
    let (url, _) = create_empty().await;
    migrate::up(&url.parse().unwrap()).await.unwrap();
    url
}

async fn copy_on(server: &str) -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let template = TEMPLATE
        .get_or_init(async || {
            let name = format!("template_{}", std::process::id());
            execute(server, &format!("CREATE DATABASE {name}")).await;
            migrate::up(&sibling(server, &name).parse().unwrap()).await.unwrap();
            name
        })
        .await;
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
    execute(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    sibling(server, &name)
}

/// An empty database beside the others, for tests that migrate.
pub async fn create_empty() -> (String, Option<TempDir>) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    match std::env::var("TEST_DATABASE_URL") {
        Ok(server) => {
            let name = format!("empty_{}_{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
            execute(&server, &format!("CREATE DATABASE {name}")).await;
            (sibling(&server, &name), None)
        }
        Err(_) => {
            let folder = tempfile::tempdir().unwrap();
            (format!("sqlite:{}", folder.path().join("data/empty.db").display()), Some(folder))
        }
    }
}

async fn execute(server: &str, sql: &str) {
    let connection = Database::connect(server).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

fn sibling(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}
