//! Under a clock that libfaketime moves while the program runs.
use crate::support::{PASSWORD, Program, Server, form_of, session_of};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where Debian's package keeps it.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|folder| folder.unwrap().path());
    let file = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists());
    file.expect("Debian's libfaketime is installed")
}

struct Site {
    program: Program,
    server: Server,
}

impl Site {
    async fn new() -> Self {
        let program = Program::new().await;
        let file = program.folder().join("clock");
        fs::write(&file, "+0").unwrap();
        let program = program
            .with("PORT", "0")
            .with("LD_PRELOAD", library().to_str().unwrap())
            .with("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap())
            .with("FAKETIME_NO_CACHE", "1")
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let server = program.serve();
        Self { program, server }
    }

    /// From now on it is so much later, or earlier, than it is.
    fn shift(&self, offset: &str) {
        let draft = self.program.folder().join("next");
        fs::write(&draft, offset).unwrap();
        fs::rename(draft, Path::new(self.program.folder()).join("clock")).unwrap();
    }

    fn account(&self, cookie: &str) -> String {
        self.server.ask("GET", "/account", cookie, "")
    }

    fn register(&self) -> String {
        session_of(&self.server.ask("POST", "/register", "", &form_of("ada")))
    }

    fn sign_in(&self, password: &str) -> String {
        self.server.ask("POST", "/login", "", &format!("identifier=ada&password={}", password.replace(' ', "+")))
    }
}

#[tokio::test]
async fn a_session_ends_when_nothing_was_asked_for_twelve_hours() {
    let site = Site::new().await;
    let cookie = site.register();

    site.shift("+11h");
    assert!(site.account(&cookie).starts_with("HTTP/1.1 200"));
    site.shift("+22h");
    assert!(site.account(&cookie).starts_with("HTTP/1.1 200"), "reading a page counts");
    site.shift("+35h");

    assert!(site.account(&cookie).contains("location: /login?next=/account"));
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_busy() {
    let site = Site::new().await;
    let cookie = site.register();

    for hours in (11..7 * 24).step_by(11) {
        site.shift(&format!("+{hours}h"));
        assert!(site.account(&cookie).starts_with("HTTP/1.1 200"), "after {hours} h");
    }
    site.shift("+169h");

    assert!(site.account(&cookie).contains("location: /login?next=/account"));
}

#[tokio::test]
async fn a_clock_that_jumps_breaks_nothing() {
    let site = Site::new().await;
    let cookie = site.register();

    for (offset, answer) in [
        ("-50m", "HTTP/1.1 200"),
        ("-2d", "location: /login"),
        ("+0", "HTTP/1.1 200"),
        ("+11h", "HTTP/1.1 200"),
        ("+400d", "location: /login"),
        ("-60s", "HTTP/1.1 200"),
    ] {
        site.shift(offset);
        assert!(site.account(&cookie).contains(answer), "{offset}");
        assert!(site.sign_in("not the password").starts_with("HTTP/1.1 422"), "{offset}");
        assert!(site.sign_in(PASSWORD).starts_with("HTTP/1.1 303"), "{offset}");
        assert!(site.server.ask("GET", "/readyz", "", "").starts_with("HTTP/1.1 200"), "{offset}");
    }

    let (code, log) = site.server.stop();
    assert!(code == 0 && !log.contains("panicked"), "{log}");
}
