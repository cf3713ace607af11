use super::PACKAGE;
use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ipnet::IpNet;
use sea_orm::DbBackend;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::{
    collections::HashSet,
    fmt, fs,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    str::FromStr,
};
use url::Url;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Nothing was asked for: localhost, port 3000 or, where a debug build may choose, the next free one.
    NextFree,
    Port(u16),
    Address(SocketAddr),
}

impl Bind {
    pub fn port(&self) -> u16 {
        match self {
            Self::NextFree => 3000,
            Self::Port(port) => *port,
            Self::Address(address) => address.port(),
        }
    }

    pub fn is_loopback(&self) -> bool {
        !matches!(self, Self::Address(address) if !address.ip().is_loopback())
    }

    pub fn ip(&self) -> IpAddr {
        match self {
            Self::Address(address) => address.ip(),
            _ => Ipv4Addr::LOCALHOST.into(),
        }
    }
}

/// Scheme, host and port of the app, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    given: bool,
}

impl BaseUrl {
    pub fn localhost(port: u16) -> Self {
        let url = Url::parse(&format!("http://localhost:{port}")).expect("a port makes a URL");
        Self { url, given: false }
    }

    /// False where it was derived from the port.
    pub fn is_given(&self) -> bool {
        self.given
    }

    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// As browsers send it in `Origin`: no slash at the end, no default port.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// As browsers send it in `Host`.
    pub fn authority(&self) -> &str {
        self.url.authority()
    }

    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| "must be a URL, as https://app.example.com".to_owned())?;
        let plain =
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) || !plain {
            return Err("must be scheme, host and port only, as https://app.example.com".to_owned());
        }
        Ok(Self { url, given: true })
    }
}

/// Holds a password, perhaps: prints without it.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString, DbBackend);

impl DatabaseUrl {
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn backend(&self) -> DbBackend {
        self.1
    }

    pub fn is_sqlite(&self) -> bool {
        self.1 == DbBackend::Sqlite
    }

    pub fn sqlite_path(&self) -> Option<&Path> {
        let rest = self.expose().strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        Some(Path::new(rest.split('?').next().unwrap_or(rest)))
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let backend = match text.split_once(':') {
            Some(("sqlite", _)) => DbBackend::Sqlite,
            Some(("postgres" | "postgresql", _)) => DbBackend::Postgres,
            _ => return Err("must be sqlite:path or postgres://user:password@host/name".to_owned()),
        };
        let url = Self(text.to_owned().into(), backend);
        let query = text.split_once('?').map(|(_, query)| query).filter(|_| url.is_sqlite());
        if query.is_some_and(|query| query != "mode=rwc" && query != "mode=rw") {
            return Err("must end with the path: no option but ?mode=rwc is taken".to_owned());
        }
        match url.sqlite_path() {
            Some(path) if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" => {
                Err("must name a file, as sqlite:data/app.db: each connection would see a memory database of its own".to_owned())
            }
            None if Url::parse(text).is_err() => Err("is no URL. Are special characters in the password percent-encoded?".to_owned()),
            _ => Ok(url),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.sqlite_path(), Url::parse(self.expose())) {
            (Some(path), _) => write!(f, "sqlite:{}", path.display()),
            (None, Ok(url)) => write!(f, "{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()),
            _ => write!(f, "[redacted]"),
        }
    }
}

/// The first key seals, all open.
#[derive(Clone, Debug)]
pub struct SecretKeys(pub Vec<SecretSlice<u8>>);

impl SecretKeys {
    pub fn generate() -> Self {
        Self::from_str(&generate_key()).expect("a generated key parses")
    }
}

/// 32 random bytes in base64url: what `secret` prints.
pub fn generate_key() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl FromStr for SecretKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = text.split(',').map(|key| decode_key(key.trim())).collect::<Option<_>>();
        keys.map(Self).ok_or_else(|| {
            format!("must be what `{PACKAGE} secret` prints: 32 random bytes or more in base64url. Run it and set its output")
        })
    }
}

fn decode_key(text: &str) -> Option<SecretSlice<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let distinct = bytes.iter().collect::<HashSet<_>>().len();
    (bytes.len() >= 32 && distinct >= 20).then(|| bytes.into())
}

/// Made once and kept, so that a restart signs nobody out.
pub(super) fn development_key(path: &Path) -> Result<String> {
    let key = fs::read_to_string(path).or_else(|_| write_once(path, &generate_key()));
    let key = key
        .with_context(|| format!("cannot write {}. Make it a file in a folder that you may write to, or set SECRET_KEY", path.display()))?;
    Ok(key.trim().to_owned())
}

/// Whole or not at all, and never over what another process wrote at the same time: whoever comes second takes the first's.
fn write_once(path: &Path, text: &str) -> std::io::Result<String> {
    let (mut folder, mut file) = (fs::DirBuilder::new(), fs::OpenOptions::new());
    file.create_new(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    folder.recursive(true).create(path.parent().unwrap_or(Path::new(".")))?;
    let draft = path.with_extension(std::process::id().to_string());
    file.open(&draft)?.write_all(text.as_bytes())?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}

#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip.to_canonical()))
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |text: &str| text.trim().parse::<IpNet>().ok().or_else(|| text.trim().parse::<IpAddr>().ok().map(IpNet::from));
        let networks: Option<Vec<IpNet>> = text.split(',').map(network).collect();
        match networks {
            None => Err("must be networks, as 10.0.0.0/8,fd00::/8".to_owned()),
            Some(networks) if networks.iter().any(|network| network.prefix_len() < 8) => {
                Err("must not hold anything wider than a /8: then everybody could claim any address. Name your proxy's network".to_owned())
            }
            Some(networks) => Ok(Self(networks)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err("must be pretty or json".to_owned()),
        }
    }
}

pub(super) fn app_name(text: &str) -> Result<String, String> {
    if text.chars().count() <= 60 && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("must be one line of at most 60 characters".to_owned())
    }
}

/// `my-app` becomes `My app`.
pub(super) fn default_app_name() -> String {
    let mut name = PACKAGE.replace(['-', '_'], " ");
    name[..1].make_ascii_uppercase();
    name
}

/// `info`, or `info,app=debug`: text that names no level would silence everything.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let is_level = |part: &str| part.rsplit('=').next().is_some_and(|level| level.parse::<tracing::level_filters::LevelFilter>().is_ok());
    if text.split(',').all(|part| is_level(part.trim())) {
        Ok(text.to_owned())
    } else {
        Err("is no filter. Use a level such as info, or info,app=debug".to_owned())
    }
}
