use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// The program that drives a Chromium. It ends with this value.
pub struct Chromedriver {
    process: Child,
    port: u16,
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// It takes a port for IPv4, and gives up where somebody has the same one for IPv6: then another is tried.
    pub fn start() -> Self {
        (0..10).find_map(|_| Self::try_to_start()).expect("chromedriver tells its port")
    }

    fn try_to_start() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.expect("chromedriver is installed");
        let mut output = BufReader::new(process.stdout.take().unwrap());
        match port_in(&mut output) {
            Some(port) => Some(Self { process, port, _output: output }),
            None => process.wait().ok().and(None),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Closes that session's Chromium, on a connection that needs no runtime: whoever drops something blocks theirs.
    pub fn end(&self, session: &str) -> io::Result<()> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(connection, "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        connection.read_exact(&mut [0])
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// "ChromeDriver was started successfully on port 38123."
fn port_in(output: &mut impl BufRead) -> Option<u16> {
    let line = output.lines().map_while(Result::ok).find(|line| line.contains("successfully on port"))?;
    line.trim_end_matches('.').rsplit(' ').next()?.parse().ok()
}

/// By the names that distributions give it, so that chromedriver takes no other browser.
pub fn chromium() -> String {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap()).collect();
    let mut names = ["chromium", "chromium-browser"].into_iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let path = names.find(|path| path.is_file()).expect("chromium is installed");
    path.to_str().unwrap().to_owned()
}
