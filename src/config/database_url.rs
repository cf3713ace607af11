use sea_orm::DbBackend;
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, path::Path, str::FromStr};
use url::Url;

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
            Some(("mysql" | "mariadb", _)) => DbBackend::MySql,
            _ => return Err("must be sqlite:path, postgres://user:password@host/name or mysql://user:password@host/name".to_owned()),
        };
        require_feature(backend)?;
        // sea-orm knows one name for the two.
        let known = text.strip_prefix("mariadb:").map(|rest| format!("mysql:{rest}"));
        let url = Self(known.unwrap_or_else(|| text.to_owned()).into(), backend);
        let query = text.split_once('?').map(|(_, query)| query).filter(|_| url.is_sqlite());
        if query.is_some_and(|query| query != "mode=rwc" && query != "mode=rw") {
            return Err("must end with the path: no option but ?mode=rwc is taken".to_owned());
        }
        match url.sqlite_path() {
            Some(path) if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" => {
                Err("must name a file, as sqlite:data/app.db: each connection would see a memory database of its own".to_owned())
            }
            Some(path) if path.to_string_lossy().contains('%') => {
                Err("names a file with % in it, which stands for an escape in an address. Name the file otherwise".to_owned())
            }
            // What stands where no password is looked for would be shown.
            Some(_) if text.starts_with("sqlite://") && text.contains('@') => {
                Err("names a server, and SQLite has none. Name a file, as sqlite:data/app.db".to_owned())
            }
            None if !Url::parse(text).is_ok_and(|url| url.has_authority() && !url.path().contains('@')) => {
                Err("is no URL, as postgres://user:password@host/name. Are special characters in the password percent-encoded?".to_owned())
            }
            _ => Ok(url),
        }
    }
}

fn require_feature(backend: DbBackend) -> Result<(), String> {
    let (name, built) = match backend {
        DbBackend::Sqlite => ("sqlite", cfg!(feature = "sqlite")),
        DbBackend::Postgres => ("postgres", cfg!(feature = "postgres")),
        _ => ("mysql", cfg!(feature = "mysql")),
    };
    if built { Ok(()) } else { Err(format!("names a kind of database that this build lacks: build it with the cargo feature `{name}`")) }
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
            (None, Ok(url)) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                write!(f, "{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
            }
            _ => write!(f, "[redacted]"),
        }
    }
}
