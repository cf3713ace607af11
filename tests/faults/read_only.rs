//! The server takes no writes, as a standby that was promoted too late.
use crate::support::{App, Browser, create_migrated};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use std::time::{Duration, Instant};
use url::Url;

struct Server {
    admin: DatabaseConnection,
    database: String,
}

impl Server {
    /// With the address by which the app reaches it: as somebody whom read-only concerns.
    async fn of(url: &str) -> (Self, String) {
        let admin = Database::connect(std::env::var("TEST_DATABASE_URL").unwrap()).await.unwrap();
        let mut url = Url::parse(url).unwrap();
        let database = url.path().trim_start_matches('/').to_owned();
        if admin.get_database_backend() == DbBackend::MySql {
            for sql in
                [format!("CREATE USER {database}@'%' IDENTIFIED BY 'secret'"), format!("GRANT ALL ON {database}.* TO {database}@'%'")]
            {
                admin.execute_unprepared(&sql).await.unwrap();
            }
            url.set_username(&database).unwrap();
            url.set_password(Some("secret")).unwrap();
        }
        (Self { admin, database }, url.to_string())
    }

    async fn set_read_only(&self, on: bool) {
        let state = if on { "on" } else { "off" };
        let statements = match self.admin.get_database_backend() {
            DbBackend::MySql => vec![format!("SET GLOBAL read_only = {state}")],
            _ => vec![
                format!("ALTER DATABASE {} SET default_transaction_read_only = {state}", self.database),
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.database),
            ],
        };
        for sql in statements {
            self.admin.execute_unprepared(&sql).await.unwrap();
        }
    }
}

/// Connections that the server ended cost an answer each.
async fn reads_soon(browser: &mut Browser) {
    let started = Instant::now();
    let mut good = 0;
    while good < 10 {
        good = if browser.get("/account").await.status == 200 { good + 1 } else { 0 };
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_server_that_only_reads_shows_pages_and_refuses_forms_for_the_while() {
    let (server, url) = Server::of(&create_migrated().await).await;
    let app = App::on(&url, &[], |routes| routes).await;
    let ada = app.user("ada@example.com").await;
    let mut browser = app.browser_of(&ada).await;
    let save = [("username", "ada"), ("name", "Ada")];

    server.set_read_only(true).await;
    reads_soon(&mut browser).await;
    browser.post("/account", &save).await.is(503).sets_no_session_cookie();
    app.browser().sign_in("ada", "not the password").await.is(503);
    reads_soon(&mut browser).await;

    server.set_read_only(false).await;
    reads_soon(&mut browser).await;
    browser.post("/account", &save).await.redirects_to("/account");
}
