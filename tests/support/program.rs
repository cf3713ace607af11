//! Runs the program in a folder of its own, with nothing of the tester's environment but PATH.
use super::{PASSWORD, create_empty};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Program {
    folder: TempDir,
    settings: Vec<(String, String)>,
    wrapper: Vec<String>,
    executable: PathBuf,
    _database: Option<TempDir>,
}

pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    /// On an empty database: SQLite in its folder, or the server at TEST_DATABASE_URL.
    pub async fn new() -> Self {
        let mut program = Self::without_settings();
        let (url, database) = create_empty().await;
        program._database = database;
        program.with("DATABASE_URL", url)
    }

    pub fn without_settings() -> Self {
        Self::at(executable())
    }

    /// Another one than this package's.
    pub fn at(executable: PathBuf) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), settings: Vec::new(), wrapper: Vec::new(), executable, _database: None }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// By a shell that does this first.
    pub fn after(mut self, script: &str) -> Self {
        self.wrapper = ["sh", "-ec", &format!("{script}\nexec \"$0\" \"$@\"")].map(str::to_owned).to_vec();
        self
    }

    /// By a program that starts it.
    pub fn through(mut self, wrapper: &[&str]) -> Self {
        self.wrapper.splice(0..0, wrapper.iter().map(|&word| word.to_owned()));
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn database_url(&self) -> String {
        self.settings.iter().find(|(name, _)| name == "DATABASE_URL").unwrap().1.clone()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut words = self.wrapper.iter().map(Into::into).chain([self.executable.clone()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(arguments).current_dir(self.folder()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("RUST_BACKTRACE", "1");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        outcome(child)
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Serves until it is stopped or dropped.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(&self, arguments: &[&str]) -> Server {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http"), "{line}{:?}", errors.lines().collect::<Vec<_>>());
        Server { child, url, errors }
    }
}

pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

pub fn outcome(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn executable() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join(env!("CARGO_PKG_NAME"))
}

pub struct Server {
    child: Child,
    pub url: String,
    errors: BufReader<std::process::ChildStderr>,
}

impl Server {
    /// One request of a browser without cookies but those given; the whole answer, head and body.
    pub fn ask(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        ask(self.host(), method, path, cookie, body)
    }

    /// Name and port.
    pub fn host(&self) -> &str {
        self.url.split("//").nth(1).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host().replace("localhost", "127.0.0.1")).unwrap()
    }

    /// Sends a form, or a part of it, and leaves the answer to who wants it.
    pub fn begin_form(&self, path: &str, cookie: &str, length: usize, form: &str) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(format!("{}{form}", head(self.host(), "POST", path, cookie, length)).as_bytes()).unwrap();
        stream
    }

    /// A request that breaks off.
    pub fn begin(&self, head: &str) {
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.read_to_string(&mut String::new()).ok();
    }

    /// Resident, in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Ends it as at a terminal, and answers what it logged.
    pub fn stop(mut self) -> (i32, String) {
        self.signal("INT");
        let mut log = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), log)
    }

    /// Ends it, and answers what it wrote to standard error since it was ready.
    pub fn said(mut self) -> String {
        self.signal("INT");
        let mut said = String::new();
        self.errors.read_to_string(&mut said).unwrap();
        self.child.wait().unwrap();
        said
    }

    /// Its exit code.
    pub fn wait(mut self) -> i32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(started.elapsed() < PATIENCE, "it goes on");
            sleep(Duration::from_millis(20));
        }
    }
}

pub fn ask(host: &str, method: &str, path: &str, cookie: &str, body: &str) -> String {
    try_ask(host, method, path, cookie, body).unwrap_or_else(|| panic!("{host} does not answer"))
}

/// None where nobody answers, or stops half-way.
pub fn try_ask(host: &str, method: &str, path: &str, cookie: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(format!("{}{body}", head(host, method, path, cookie, body.len())).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer).filter(|answer| !answer.is_empty())
}

/// As a browser sends a form from the app's own page.
fn head(host: &str, method: &str, path: &str, cookie: &str, length: usize) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\n");
    format!("{request}Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n")
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Who registers by it signs in with the PASSWORD of all tests.
pub fn form_of(username: &str) -> String {
    format!("email={username}%40example.com&username={username}&password={}", PASSWORD.replace(' ', "+"))
}

/// The cookie that an answer sets, as `name=value`.
pub fn session_of(answer: &str) -> String {
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    cookies
        .map(|cookie| cookie.split(';').next().unwrap())
        .find(|cookie| !cookie.contains("-flash=") && !cookie.contains("-device="))
        .unwrap()
        .to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
