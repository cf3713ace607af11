//! A disk with no room left, which is a small one of its own.
use crate::support::{Program, Server, form_of, session_of};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

struct Site {
    server: Server,
    _program: Program,
}

impl Site {
    /// Database and log are on it. It is mounted for this process alone, and goes with it.
    fn new() -> Self {
        let program = Program::without_settings()
            .with("PORT", "0")
            .with("DATABASE_URL", "sqlite:disk/app.db")
            .after("mount -t tmpfs -o size=8m tmpfs disk\nexec >disk/log")
            .through(&["unshare", "--mount", "--map-root-user"]);
        fs::create_dir(program.folder().join("disk")).unwrap();
        // Ubuntu refuses this to users unless kernel.apparmor_restrict_unprivileged_userns is 0.
        Self { server: program.serve(), _program: program }
    }

    fn file(&self, name: &str) -> PathBuf {
        let folder = fs::read_link(format!("/proc/{}/cwd", self.server.id())).unwrap();
        PathBuf::from(format!("/proc/{}/root{}/disk/{name}", self.server.id(), folder.display()))
    }

    /// To the last byte, also what the database had set aside.
    fn fill(&self) {
        let mut file = File::create(self.file("full")).unwrap();
        for size in [1 << 16, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// False where it was refused for want of room.
    fn save(&self, cookie: &str, name: u32) -> bool {
        let answer = self.server.ask("POST", "/account", cookie, &format!("username=ada&name=number+{name}"));
        let saved = answer.starts_with("HTTP/1.1 303");
        let refused = answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: ") && !answer.contains("set-cookie: ");
        assert!(saved || refused, "{answer}");
        saved
    }

    /// Names one after the other, for as long as `go_on` says after each; answers the last that was saved.
    fn save_while(&self, cookie: &str, mut go_on: impl FnMut(u32, bool) -> bool) -> u32 {
        let mut saved = 0;
        for name in 1..5000 {
            let accepted = self.save(cookie, name);
            saved = if accepted { name } else { saved };
            assert!(self.server.ask("GET", "/account", cookie, "").starts_with("HTTP/1.1 200"));
            if !go_on(name, accepted) {
                break;
            }
        }
        saved
    }
}

#[tokio::test]
async fn a_full_disk_refuses_forms_shows_pages_and_is_over_when_there_is_room() {
    let site = Site::new();
    let cookie = session_of(&site.server.ask("POST", "/register", "", &form_of("ada")));
    site.fill();

    // What the database had set aside lets some through, also later.
    let mut refused = 0;
    site.save_while(&cookie, |_, accepted| {
        refused += u32::from(!accepted);
        refused < 3
    });
    fs::remove_file(site.file("full")).unwrap();
    let room = Instant::now();
    while !site.save(&cookie, 0) {
        assert!(room.elapsed() < Duration::from_secs(5), "still refused");
    }

    let last = site.save_while(&cookie, |name, accepted| accepted && name < 100);
    assert_eq!(last, 100, "nothing is refused any more");
    is_whole(&site, last).await;
    let log = fs::read_to_string(site.file("log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}

/// As after a power cut: only what was committed counts.
async fn is_whole(site: &Site, name: u32) {
    let folder = tempfile::tempdir().unwrap();
    for file in ["app.db", "app.db-wal"] {
        fs::copy(site.file(file), folder.path().join(file)).unwrap();
    }
    let database = Database::connect(format!("sqlite:{}", folder.path().join("app.db").display())).await.unwrap();
    let ask = async |sql: &str, column: &str| -> String {
        let row = database.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap().unwrap();
        row.try_get("", column).unwrap()
    };
    assert_eq!(ask("PRAGMA integrity_check", "integrity_check").await, "ok");
    assert_eq!(ask("SELECT name FROM users", "name").await, format!("number {name}"));
}
