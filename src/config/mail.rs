//! Settings of mail, and of who gets in by it.
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, str::FromStr};
use url::{Host, Url};

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Mail {
    /// Not at all: whatever needs it is not there.
    Off,
    Smtp(SmtpUrl),
    /// Into files of a debug build, which `/dev/mail` shows.
    Inbox,
}

/// A mail server, and who to be there. Prints nothing of itself.
#[derive(Clone, Debug)]
pub struct SmtpUrl(SecretString);

impl SmtpUrl {
    /// As lettre takes it: `tls=required` stands there unless TLS was refused, or is not needed.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Without who to be there.
impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Url::parse(self.expose()) {
            Ok(url) => write!(
                f,
                "{}://{}{}",
                url.scheme(),
                url.host_str().unwrap_or_default(),
                url.port().map(|port| format!(":{port}")).unwrap_or_default()
            ),
            Err(_) => f.write_str("[redacted]"),
        }
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "must be a mail server, as smtps://user:password@mail.example.com or smtp://user:password@mail.example.com:587";
        let mut url = Url::parse(text).map_err(|_| FORM.to_owned())?;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err(FORM.to_owned()) };
        // Of a scheme that `url` does not know it takes an address for a name.
        let is_here = host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let wanted = match (url.scheme(), tls.as_deref()) {
            ("smtps", None) => None,
            ("smtp", None) => (!is_here).then_some("tls=required"),
            ("smtp", Some("required")) => Some("tls=required"),
            ("smtp", Some("none")) => None,
            ("smtp" | "smtps", Some(_)) => return Err("knows tls=required (the default of smtp) and tls=none".to_owned()),
            _ => return Err(FORM.to_owned()),
        };
        url.set_query(wanted);
        Ok(Self(url.to_string().into()))
    }
}

/// When somebody who registers has to show that the address is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmEmail {
    /// There is no account before: the form takes an address, and the mailed link leads to the rest.
    Before,
    /// The account works at once, and a banner reminds its owner.
    After,
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| "must be an address, as noreply@example.com or Example <noreply@example.com>".to_owned())
}

/// Where nobody said: `noreply@` at the host of the app.
pub(super) fn default_mailbox(host: Option<Host<&str>>, name: &str) -> Mailbox {
    let domain = match host {
        Some(Host::Domain(domain)) => domain,
        _ => "localhost",
    };
    let address = format!("noreply@{domain}").parse().or_else(|_| "noreply@localhost".parse()).expect("an address");
    Mailbox::new(Some(name.to_owned()), address)
}

/// `example.com,example.org`, in ASCII form.
pub(super) fn domains(text: &str) -> Result<Vec<String>, String> {
    let domain = |text: &str| idna::domain_to_ascii_strict(text.trim().trim_start_matches('@')).ok().filter(|domain| domain.contains('.'));
    text.split(',').map(domain).collect::<Option<_>>().ok_or("must be domains, as example.com,example.org".to_owned())
}
