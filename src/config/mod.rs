//! Every setting, read once from the environment and `.env`; the environment wins.
mod database_url;
mod file;
mod mail;
pub mod oauth;
mod reader;
mod secret_key;
mod values;

pub use database_url::DatabaseUrl;
pub use mail::{ConfirmEmail, Mail, SmtpUrl};
pub use oauth::ProviderSettings;
pub use reader::Problems;
pub use secret_key::{SecretKeys, generate_key, mode};
pub use values::{BaseUrl, Bind, LogFormat, TrustedProxies};

use anyhow::Result;
use file::{read_env_file, read_environment};
use lettre::message::Mailbox;
use reader::Reader;
use std::{collections::BTreeMap, net::SocketAddr, path::Path, time::Duration};

/// The name in `Cargo.toml`: database file, cookies and help derive from it.
pub const PACKAGE: &str = env!("CARGO_PKG_NAME");

const ENV_FILE: &str = ".env";

#[derive(Clone, Debug)]
pub struct Config {
    /// `BIND`: address and port to listen on. `PORT` alone means that port of 127.0.0.1.
    pub bind: Bind,
    /// `BASE_URL`: where browsers find this app: scheme, host and port, nothing after them. Links and cookies are made from it.
    pub base_url: BaseUrl,
    /// `DATABASE_URL`: `sqlite:path`, `postgres://user:password@host/name`, or, built with the feature `mysql`, the same with `mysql://`.
    pub database_url: DatabaseUrl,
    /// `DATABASE_POOL`: connections kept open. More than 4 slow SQLite down.
    pub database_pool: u32,
    /// `SECRET_KEY`: one or more keys of 32 bytes or more in base64url, comma-separated: the first seals, all open.
    pub secret_key: SecretKeys,
    /// `SMTP_URL`: the mail server, as `smtps://user:password@host`, or `smtp://…:587`, which demands STARTTLS unless it says `?tls=none`.
    /// A debug build without one keeps mail for `/dev/mail`. `MAIL`: `off` does without mail: nobody can confirm or change an
    /// address, and whoever forgot their password has to ask an admin.
    pub mail: Mail,
    /// `MAIL_FROM`: the sender, as `Example <noreply@example.com>`.
    pub mail_from: Mailbox,
    /// `REGISTRATION`: `closed` where only admins add people.
    pub registration_open: bool,
    /// `REGISTRATION_DOMAINS`: only addresses of these may register, or be changed to, as `example.com,example.org`. Empty: all.
    pub registration_domains: Vec<String>,
    /// `CONFIRM_EMAIL`: `before` an account is made (the default of a release), or `after`. Without mail it is neither.
    pub confirm_email: ConfirmEmail,
    /// `OAUTH_<NAME>_CLIENT_ID`, `OAUTH_<NAME>_CLIENT_SECRET`: a provider by which people sign in, as it knows this app. The name is
    /// `GITHUB`, `GOOGLE`, `DISCORD`, `FACEBOOK`, or one of your own with `OAUTH_<NAME>_ISSUER`, where OpenID Connect finds the rest.
    /// `OAUTH_<NAME>_LABEL`: what its button says. `OAUTH_<NAME>_SCOPES`: what is asked for. `OAUTH_<NAME>_TRUST_EMAIL`: whether an
    /// address that it calls verified is taken for proven. `OAUTH_<NAME>_FORM_ORIGINS`: where else it sends browsers on its way.
    pub providers: Vec<ProviderSettings>,
    /// `TRUSTED_PROXIES`: networks whose `X-Forwarded-For` is believed, as `10.0.0.0/8,fd00::/8`. Empty: nobody's.
    pub trusted_proxies: TrustedProxies,
    /// `SESSION_IDLE`, `SESSION_ABSOLUTE`: a session ends after so long without a request, and after so long at the latest.
    pub session: Lifetime,
    /// `SESSION_REMEMBER_IDLE`, `SESSION_REMEMBER_ABSOLUTE`: the same with "remember me".
    pub session_remember: Lifetime,
    /// `LIMIT_SCALE`: multiplies every limit on tries; 2 allows twice as many.
    pub limit_scale: u32,
    /// `MIGRATE_ON_START`: `no` where migrations are applied by hand.
    pub migrate_on_start: bool,
    /// `LOG`: what is logged, as `info` or `info,app=debug`.
    pub log: String,
    /// `LOG_FORMAT`: `pretty` for people, `json` for programs.
    pub log_format: LogFormat,
    /// `METRICS_BIND`: where Prometheus reads, as `127.0.0.1:9100`: an address that no visitor reaches. Empty: nothing is counted.
    pub metrics_bind: Option<SocketAddr>,
    /// `APP_NAME`: the name that visitors see.
    pub app_name: String,
    /// `DEV_PUBLIC`: `yes` lets a debug build listen beyond this machine.
    pub dev_public: bool,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    pub idle: Duration,
    pub absolute: Duration,
}

/// What a build puts up with: a release refuses whatever is only right on one's own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Debug,
    Release,
}

impl Build {
    pub const CURRENT: Self = if cfg!(debug_assertions) { Self::Debug } else { Self::Release };
}

impl Config {
    /// Reads `.env` and the environment; the error names every problem at once, each with its cure, and shows no value.
    pub fn load() -> Result<Self> {
        let file = read_env_file(Path::new(ENV_FILE))?;
        let (mut environment, mut problems) = read_environment();
        if Build::CURRENT == Build::Release && !file.is_empty() {
            problems.extend(secret_key::exposure(Path::new(ENV_FILE))?);
        }
        if Build::CURRENT == Build::Debug && !environment.contains_key("SECRET_KEY") && !file.contains_key("SECRET_KEY") {
            environment.insert("SECRET_KEY".into(), secret_key::development_key(Path::new("data/dev.key"))?);
        }
        match Self::read(file, environment, Build::CURRENT) {
            Ok(config) if problems.is_empty() => Ok(config),
            read => {
                problems.extend(read.err().into_iter().flat_map(|problems| problems.0));
                Err(Problems(problems).into())
            }
        }
    }

    /// Names in `file` that no setting has are problems; the environment may hold what it likes.
    pub fn read(file: BTreeMap<String, String>, environment: BTreeMap<String, String>, build: Build) -> Result<Self, Problems> {
        let mut reader = Reader::new(file, environment, build);
        let config = Self::from_reader(&mut reader);
        reader.finish(config)
    }

    /// The names of all settings, as they stand in `.env.example`.
    pub fn names() -> Vec<&'static str> {
        let mut reader = Reader::new(BTreeMap::new(), BTreeMap::new(), Build::Debug);
        Self::from_reader(&mut reader);
        reader.asked()
    }

    fn from_reader(read: &mut Reader) -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let dev_public = read.yes_or_no("DEV_PUBLIC", false);
        let bind = read.bind(dev_public);
        let database_url = read.or_default("DATABASE_URL", &format!("sqlite:data/{PACKAGE}.db"), str::parse::<DatabaseUrl>);
        let pool = if database_url.is_sqlite() { 4 } else { 10 };
        let base_url = read.base_url(&bind);
        let app_name = read.optional("APP_NAME", |text| values::one_line(text, 60)).unwrap_or_else(values::default_app_name);
        let mail = read.mail();
        let confirm_email = read.confirm_email();
        Self {
            mail_from: read.mail_from(&mail, &base_url, &app_name),
            registration_open: read.one_of("REGISTRATION", [("open", true), ("closed", false)], true),
            registration_domains: read.registration_domains(&mail, confirm_email),
            mail,
            confirm_email,
            base_url,
            bind,
            database_url,
            database_pool: read.up_to(1000, "DATABASE_POOL", pool),
            secret_key: read.secret_key(),
            providers: read.providers(),
            trusted_proxies: read.optional("TRUSTED_PROXIES", str::parse).unwrap_or_default(),
            session: read.lifetime("SESSION_IDLE", hours(12), "SESSION_ABSOLUTE", hours(7 * 24)),
            session_remember: read.lifetime("SESSION_REMEMBER_IDLE", hours(14 * 24), "SESSION_REMEMBER_ABSOLUTE", hours(60 * 24)),
            limit_scale: read.up_to(1_000_000, "LIMIT_SCALE", 1),
            migrate_on_start: read.yes_or_no("MIGRATE_ON_START", true),
            log: read.optional("LOG", values::log_filter).unwrap_or_else(|| "info".to_owned()),
            log_format: read.log_format(),
            metrics_bind: read
                .optional("METRICS_BIND", |text| text.parse().map_err(|_| "must be an address with a port, as 127.0.0.1:9100".to_owned())),
            app_name,
            dev_public,
        }
    }

    /// The port that was bound, where BASE_URL follows it.
    pub fn learn_port(&mut self, port: u16) {
        if !self.base_url.is_given() {
            self.base_url = BaseUrl::localhost(port);
        }
    }

    pub fn has_mail(&self) -> bool {
        !matches!(self.mail, Mail::Off)
    }

    /// Whether an account is only made once its address is proven.
    pub fn confirms_before(&self) -> bool {
        self.has_mail() && self.confirm_email == ConfirmEmail::Before
    }

    pub fn lifetime(&self, remember: bool) -> Lifetime {
        if remember { self.session_remember } else { self.session }
    }
}
