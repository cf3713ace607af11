//! What compiles a second time: a copy under another name, built as a release is.
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

/// Built once, into a target folder that all copies share.
static RENAMED: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("copies");
    let copy = target.join("renamed");
    fs::remove_dir_all(&copy).ok();
    for part in ["Cargo.toml", "Cargo.lock", ".cargo", "build.rs", "src", "migration", "templates", "static"] {
        copy_to(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &copy.join(part));
    }
    rename(&copy);
    let build = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--profile", "release-like", "--target-dir"])
        .arg(&target)
        .current_dir(&copy)
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    target.join("release-like/acme-app")
});

fn copy_to(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        copy_to(&from.join(&name), &to.join(&name));
    }
}

/// As the README says. The tests of the original stay behind, and with them their entries.
fn rename(copy: &Path) {
    let manifest = fs::read_to_string(copy.join("Cargo.toml")).unwrap();
    let (kept, rest) = manifest.split_once("[[test]]").unwrap();
    let rest = &rest[rest.find("[profile.dev]").unwrap()..];
    let named = format!("name = \"{}\"", env!("CARGO_PKG_NAME"));
    assert_eq!(kept.matches(&named).count(), 1);
    fs::write(copy.join("Cargo.toml"), format!("{}{rest}", kept.replace(&named, "name = \"acme-app\""))).unwrap();
}

struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(base_url: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let key = output(&["secret"]);
        let mut child = Command::new(&*RENAMED)
            .current_dir(folder.path())
            .env_clear()
            .envs([
                ("BIND", format!("127.0.0.1:{port}").as_str()),
                ("SECRET_KEY", key.trim()),
                ("BASE_URL", &base_url.replace("PORT", &port.to_string())),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Acme app is ready: "), "{line}");
        Self { child, port, folder }
    }

    fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n{more}");
        let form = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(format!("{head}{form}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn output(arguments: &[&str]) -> String {
    let output = Command::new(&*RENAMED).args(arguments).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_copy_under_another_name_bears_it_everywhere() {
    let server = Server::start("https://acme.example");

    let page = server.ask("GET", "/", "Host: acme.example\r\n", "");
    let register = "email=ada%40example.com&username=ada&password=tulip+orchard+93+lantern";
    let registered = server.ask("POST", "/register", "Host: acme.example\r\n", register);

    assert!(page.contains("<title>Home · Acme app</title>"), "{page}");
    assert!(registered.contains("set-cookie: __Host-acme-app=") && registered.contains("strict-transport-security"), "{registered}");
    assert!(server.folder.path().join("data/acme-app.db").exists());
    assert!(output(&["--help"]).contains("Usage: acme-app"));
}

#[test]
fn a_release_refuses_to_start_on_what_is_only_right_at_home() {
    let folder = tempfile::tempdir().unwrap();

    let outcome = Command::new(&*RENAMED).current_dir(folder.path()).env_clear().output().unwrap();

    let errors = String::from_utf8(outcome.stderr).unwrap();
    assert!(!outcome.status.success());
    assert!(errors.contains("SECRET_KEY is missing. Run `acme-app secret`") && errors.contains("BASE_URL is missing"), "{errors}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was written");
}

#[cfg(unix)]
#[test]
fn a_release_refuses_a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    fs::write(&file, format!("BASE_URL=https://acme.example\nSECRET_KEY={}", output(&["secret"]))).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let outcome = Command::new(&*RENAMED).current_dir(folder.path()).env_clear().output().unwrap();

    let errors = String::from_utf8(outcome.stderr).unwrap();
    assert!(!outcome.status.success() && errors.contains("chmod 600 .env"), "{errors}");
}

#[test]
fn a_release_keeps_static_files_in_itself_under_names_that_change_with_them() {
    let server = Server::start("http://localhost:PORT");
    let host = format!("Host: localhost:{}\r\n", server.port);
    let page = server.ask("GET", "/", &host, "");

    let css = page.split('"').find(|text| text.starts_with("/static/app.")).unwrap();
    let answer = server.ask("GET", css, &format!("{host}Accept-Encoding: br\r\n"), "");

    assert!(css.len() > "/static/app.css".len() + 8, "{css}");
    for header in
        ["HTTP/1.1 200", "cache-control: max-age=31536000, immutable", "content-encoding: br", "content-type: text/css; charset=utf-8"]
    {
        assert!(answer.contains(header), "{header}: {}", answer.split("\r\n\r\n").next().unwrap());
    }
}

#[test]
fn a_release_answers_to_one_name() {
    let server = Server::start("http://localhost:PORT");

    assert!(server.ask("GET", "/", &format!("Host: 127.0.0.1:{}\r\n", server.port), "").starts_with("HTTP/1.1 421"));
}
