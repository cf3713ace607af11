//! A real mail server, which can be told to fail.
use super::free_port;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub struct Smtp {
    folder: TempDir,
    pub port: u16,
    child: Child,
}

impl Smtp {
    pub fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut child = Command::new(root.join("target/venv/bin/python"))
            .arg(root.join("tests/support/smtp.py"))
            .args([folder.path().to_str().unwrap(), &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/run makes target/venv, with aiosmtpd in it");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { folder, port, child }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From the next mail on.
    pub fn fails_by(&self, mode: &str) {
        fs::write(self.folder.path().join("mode"), mode).unwrap();
    }

    /// What it took so far, in that order.
    pub fn taken(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut mails: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
        mails.sort();
        mails.into_iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Once it took so many, or after too long.
    pub fn waits_for(&self, count: usize) -> Vec<String> {
        let started = Instant::now();
        while self.taken().len() < count {
            assert!(started.elapsed() < Duration::from_secs(60), "only {} of {count} mails arrived", self.taken().len());
            sleep(Duration::from_millis(50));
        }
        self.taken()
    }

    /// The link to a page in the newest mail with that subject to that address, once it is there.
    pub fn link(&self, subject: &str, to: &str, page: &str) -> String {
        let (subject, to, started) = (format!("Subject: {subject}"), format!("To: {to}"), Instant::now());
        loop {
            let fits = |mail: &String| [&subject, &to].iter().all(|wanted| mail.lines().any(|line| line == *wanted));
            if let Some(mail) = self.taken().into_iter().rfind(fits) {
                // Quoted-printable.
                let text = mail.replace("=\r\n", "").replace("=3D", "=");
                let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains(page));
                return link.unwrap_or_else(|| panic!("no link to {page} in {text}")).to_owned();
            }
            assert!(started.elapsed() < Duration::from_secs(30), "no mail with {subject} and {to}");
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
