//! What compiles a second time: a copy under another name, built as a release is, and one on which the guides are followed.
#[path = "../support/mod.rs"]
mod support;

mod guides;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};
use support::{PASSWORD, Program, Server, free_port};

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

fn renamed() -> Program {
    Program::at(RENAMED.clone())
}

struct Site {
    server: Server,
    port: u16,
    program: Program,
}

impl Site {
    fn open(base_url: &str) -> Self {
        let port = free_port();
        let program = renamed()
            .with("BIND", format!("127.0.0.1:{port}"))
            .with("MAIL", "off")
            .with("SECRET_KEY", renamed().run(&["secret"]).out.trim())
            .with("BASE_URL", base_url.replace("PORT", &port.to_string()));
        Self { server: program.serve(), port, program }
    }

    /// With these headers and none else.
    fn ask(&self, request: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let form = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
        stream.write_all(format!("{request} HTTP/1.1\r\nConnection: close\r\n{headers}{form}\r\n{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[test]
fn a_copy_under_another_name_bears_it_everywhere() {
    let site = Site::open("https://acme.example");

    let page = site.ask("GET /", "Host: acme.example\r\n", "");
    let register = "email=ada%40example.com&username=ada&password=tulip+orchard+93+lantern";
    let registered = site.ask("POST /register", "Host: acme.example\r\nSec-Fetch-Site: same-origin\r\n", register);

    assert_eq!(site.server.url, "https://acme.example");
    assert!(page.contains("<title>Home · Acme app</title>"), "{page}");
    assert!(registered.contains("set-cookie: __Host-acme-app=") && registered.contains("strict-transport-security"), "{registered}");
    assert!(site.program.folder().join("data/acme-app.db").exists());
    assert!(renamed().run(&["--help"]).out.contains("Usage: acme-app"));
}

#[test]
fn a_release_refuses_to_start_on_what_is_only_right_at_home() {
    let program = renamed();

    let outcome = program.run(&[]);

    assert_ne!(outcome.code, 0);
    let missing = ["SECRET_KEY is missing. Run `acme-app secret`", "BASE_URL is missing", "SMTP_URL is missing"];
    assert!(missing.iter().all(|text| outcome.err.contains(text)), "{}", outcome.err);
    assert!(fs::read_dir(program.folder()).unwrap().next().is_none(), "nothing was written");
}

#[cfg(unix)]
#[test]
fn a_release_refuses_a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let program = renamed();
    let file = program.folder().join(".env");
    fs::write(&file, format!("BASE_URL=https://acme.example\nMAIL=off\nSECRET_KEY={}", program.run(&["secret"]).out)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let outcome = program.run(&[]);

    assert!(outcome.code != 0 && outcome.err.contains("chmod 600 .env"), "{}", outcome.err);
}

#[test]
fn a_release_keeps_static_files_in_itself_under_names_that_change_with_them() {
    let site = Site::open("http://localhost:PORT");
    let host = format!("Host: localhost:{}\r\n", site.port);
    let page = site.ask("GET /", &host, "");

    let css = page.split('"').find(|text| text.starts_with("/static/app.")).unwrap();
    let answer = site.ask(&format!("GET {css}"), &format!("{host}Accept-Encoding: br\r\n"), "");

    assert!(css.len() > "/static/app.css".len() + 8, "{css}");
    for header in
        ["HTTP/1.1 200", "cache-control: max-age=31536000, immutable", "content-encoding: br", "content-type: text/css; charset=utf-8"]
    {
        assert!(answer.contains(header), "{header}: {}", answer.split("\r\n\r\n").next().unwrap());
    }
}

#[test]
fn a_release_has_nothing_of_development() {
    let site = Site::open("http://localhost:PORT");
    let headers = format!("Host: localhost:{}\r\nSec-Fetch-Site: same-origin\r\n", site.port);

    for request in ["GET /dev", "GET /dev/errors/500", "GET /dev/mail", "POST /dev/personas/ada"] {
        assert!(site.ask(request, &headers, "").starts_with("HTTP/1.1 404"), "{request}");
    }
    assert!(!site.ask("GET /", &headers, "").contains("/dev"));
}

#[test]
fn a_release_warns_of_people_of_development_who_may_do_more_than_others() {
    let program =
        renamed().with("BASE_URL", "http://localhost:1").with("MAIL", "off").with("SECRET_KEY", renamed().run(&["secret"]).out.trim());
    program.run(&["migrate", "up"]);
    program.run_with_input(&["user", "create", "ada@example.test", "ada", "--admin"], PASSWORD);

    let doctor = program.run(&["doctor"]);

    assert!(
        doctor.code == 1 && doctor.out.contains("WRONG personas") && doctor.out.contains("others: ada. Run `user delete`"),
        "{}",
        doctor.out
    );
}

#[test]
fn a_release_answers_to_one_name() {
    let site = Site::open("http://localhost:PORT");

    assert!(site.ask("GET /", &format!("Host: 127.0.0.1:{}\r\n", site.port), "").starts_with("HTTP/1.1 421"));
}
