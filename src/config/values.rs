use super::PACKAGE;
use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
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
        is_loopback(&self.url)
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

/// Whether it leads to this machine, by one of its own names.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
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

/// What people read on pages.
pub(super) fn one_line(text: &str, most: usize) -> Result<String, String> {
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be one line of at most {most} characters"))
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
