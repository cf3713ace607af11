//! The proxies of `deploy/`, in front of instances on this machine.
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
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = command(port, folder.path()).spawn().expect("the proxy is installed");
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "the proxy does not listen");
            sleep(Duration::from_millis(50));
        }
        Self { port, process, _folder: folder }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // nginx would leave its workers behind if it were killed.
        Command::new("kill").arg(self.process.id().to_string()).status().ok();
        self.process.wait().ok();
    }
}

/// What is shipped, with these ports for the names that only containers know.
fn haproxy(port: u16, instances: &[u16]) -> String {
    let shipped = include_str!("../../deploy/haproxy.cfg");
    let (kept, _) = shipped.split_once("\nresolvers docker").unwrap();
    let servers: String = instances.iter().map(|port| format!("    server app-{port} 127.0.0.1:{port} check\n")).collect();
    let lines = kept.replace("bind :8080", &format!("bind 127.0.0.1:{port}")).replace(" resolvers docker init-addr none", "");
    let kept: String = lines.lines().filter(|line| !line.contains("server-template")).map(|line| format!("{line}\n")).collect();
    format!("{kept}{servers}")
}

fn nginx(port: u16, instances: &[u16]) -> String {
    let shipped = include_str!("../../deploy/nginx.conf").replace("listen 8080", &format!("listen 127.0.0.1:{port}"));
    let kept: String =
        shipped.lines().filter(|line| !line.trim().starts_with("server 127.0.0.1")).map(|line| format!("{line}\n")).collect();
    let servers: String = instances.iter().map(|port| format!("    server 127.0.0.1:{port} fail_timeout=1s;\n")).collect();
    let site = kept.replace("upstream app {\n", &format!("upstream app {{\n{servers}"));
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path {what};\n")).concat();
    format!("daemon off;\nmaster_process off;\npid nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n")
}
