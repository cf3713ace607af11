//! The proxies of `deploy/`, in front of instances on this machine.
use super::free_port;
use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub struct Balancer {
    pub port: u16,
    process: Child,
    _folder: TempDir,
}

impl Balancer {
    pub fn haproxy(instances: &[u16]) -> Self {
        Self::start(|port, folder| {
            let file = folder.join("haproxy.cfg");
            fs::write(&file, haproxy(port, instances)).unwrap();
            let mut command = Command::new("haproxy");
            command.arg("-db").arg("-f").arg(file);
            command
        })
    }

    pub fn nginx(instances: &[u16]) -> Self {
        Self::start(|port, folder| {
            fs::write(folder.join("nginx.conf"), nginx(port, instances)).unwrap();
            let mut command = Command::new("nginx");
            command.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf"]);
            command
        })
    }

    fn start(command: impl FnOnce(u16, &Path) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = command(port, folder.path()).spawn().expect("the proxy is installed");
        let balancer = Self { port, process, _folder: folder };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "the proxy does not listen");
            sleep(Duration::from_millis(50));
        }
        balancer
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// What is shipped, with these ports for the names that only containers know.
fn haproxy(port: u16, instances: &[u16]) -> String {
    let shipped = include_str!("../../deploy/haproxy.cfg");
    let (kept, _) = shipped.split_once("\nresolvers docker").unwrap();
    let servers: String = instances.iter().map(|port| format!("    server app-{port} 127.0.0.1:{port}\n")).collect();
    let kept = with(kept, "bind :8080", &format!("bind 127.0.0.1:{port}"));
    let kept = with(&kept, " resolvers docker init-addr none", "");
    with(&kept, "    server-template app- 2 app:3000\n", &servers)
}

fn nginx(port: u16, instances: &[u16]) -> String {
    let shipped = include_str!("../../deploy/nginx.conf");
    let servers: String = instances.iter().map(|port| format!("    server 127.0.0.1:{port} max_fails=0;\n")).collect();
    let site = with(shipped, "listen 8080", &format!("listen 127.0.0.1:{port}"));
    let site = with(&site, "    server 127.0.0.1:3000 max_fails=0;\n    server 127.0.0.1:3001 max_fails=0;\n", &servers);
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path {what};\n")).concat();
    format!("daemon off;\nmaster_process off;\npid nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n")
}

fn with(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "the shipped file no longer says {old:?}");
    text.replace(old, new)
}
