use super::{BaseUrl, Bind, Build, ConfirmEmail, Lifetime, LogFormat, Mail, ProviderSettings, SecretKeys, mail, oauth};
use lettre::message::Mailbox;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

/// Collects every problem instead of stopping at the first.
pub(super) struct Reader {
    file: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    build: Build,
    asked: BTreeSet<&'static str>,
    problems: Vec<String>,
}

pub(super) const YES_OR_NO: [(&str, bool); 2] = [("yes", true), ("no", false)];

/// What one of two words stands for.
pub(super) fn word<T: Copy>(text: &str, words: [(&str, T); 2]) -> Result<T, String> {
    let known = words.iter().find(|(word, _)| *word == text);
    known.map(|(_, value)| *value).ok_or(format!("must be {} or {}", words[0].0, words[1].0))
}

/// What is wrong with the settings, a line each, none of which shows a value.
#[derive(Debug, thiserror::Error)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings need a hand:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Reader {
    pub fn new(file: BTreeMap<String, String>, environment: BTreeMap<String, String>, build: Build) -> Self {
        Self { file, environment, build, asked: BTreeSet::new(), problems: Vec::new() }
    }

    pub fn asked(self) -> Vec<&'static str> {
        self.asked.into_iter().collect()
    }

    pub fn finish<T>(mut self, value: T) -> Result<T, Problems> {
        for name in self.file.keys().filter(|name| !self.asked.contains(name.as_str()) && !name.starts_with(oauth::PREFIX)) {
            self.problems.push(format!("{name} in .env is no setting of this version. Remove the line, or see .env.example for the name"));
        }
        if self.problems.is_empty() { Ok(value) } else { Err(Problems(self.problems)) }
    }

    fn get(&mut self, name: &'static str) -> Option<String> {
        self.asked.insert(name);
        self.value(name)
    }

    /// An empty value counts as none.
    fn value(&self, name: &str) -> Option<String> {
        let value = self.environment.get(name).or_else(|| self.file.get(name))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Names of settings that begin so and have a value.
    pub fn set_with(&self, prefix: &str) -> BTreeSet<String> {
        let names = self.environment.keys().chain(self.file.keys()).filter(|name| name.starts_with(prefix));
        names.filter(|name| self.value(name).is_some()).cloned().collect()
    }

    /// As `optional`, of a name that is made up of others.
    pub fn optional_named<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.value(name)?;
        parse(&text).map_err(|cure| self.problem(name, cure)).ok()
    }

    /// A problem where it has no value.
    pub fn missing(&mut self, name: &str, cure: &str) {
        if self.value(name).is_none() {
            self.problem(name, cure);
        }
    }

    pub fn providers(&mut self) -> Vec<ProviderSettings> {
        self.asked.extend(oauth::NAMES);
        oauth::read(self, self.build)
    }

    pub fn problem(&mut self, name: &str, cure: impl fmt::Display) {
        self.problems.push(format!("{name} {cure}"));
    }

    pub fn optional<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.asked.insert(name);
        self.optional_named(name, parse)
    }

    /// A default that parses stands in for what is missing or wrong.
    pub fn or_default<T>(&mut self, name: &'static str, default: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.optional(name, &parse).unwrap_or_else(|| parse(default).expect("defaults parse"))
    }

    pub fn up_to(&mut self, most: u32, name: &'static str, default: u32) -> u32 {
        let problem = || format!("must be a whole number, 1 to {most}");
        let parse = |text: &str| text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(problem);
        self.optional(name, parse).unwrap_or(default)
    }

    pub fn yes_or_no(&mut self, name: &'static str, default: bool) -> bool {
        self.one_of(name, YES_OR_NO, default)
    }

    pub fn one_of<T: Copy>(&mut self, name: &'static str, words: [(&str, T); 2], default: T) -> T {
        self.optional(name, |text| word(text, words)).unwrap_or(default)
    }

    fn duration(&mut self, name: &'static str, default: Duration) -> Duration {
        let ten_years = Duration::from_secs(10 * 365 * 24 * 3600);
        let parse = |text: &str| match humantime::parse_duration(text) {
            Ok(duration) if !duration.is_zero() && duration <= ten_years => Ok(duration),
            _ => Err("must be a duration such as 30m, 12h or 60d".to_owned()),
        };
        self.optional(name, parse).unwrap_or(default)
    }

    pub fn lifetime(&mut self, idle: &'static str, idle_default: Duration, absolute: &'static str, absolute_default: Duration) -> Lifetime {
        Lifetime { idle: self.duration(idle, idle_default), absolute: self.duration(absolute, absolute_default) }
    }

    pub fn bind(&mut self, dev_public: bool) -> Bind {
        let port = self.optional("PORT", |text| text.parse().map_err(|_| "must be a port number, 0 to 65535".to_owned()));
        let bind =
            match self.optional("BIND", |text| text.parse().map_err(|_| "must be an address with a port, as 127.0.0.1:3000".to_owned())) {
                Some(address) => Bind::Address(address),
                None => port.map_or(Bind::NextFree, Bind::Port),
            };
        if self.build == Build::Debug && !bind.is_loopback() && !dev_public {
            self.problem(
                "BIND",
                "lets a debug build listen beyond this machine. Build with --release, or set DEV_PUBLIC=yes if you mean it",
            );
        }
        bind
    }

    pub fn base_url(&mut self, bind: &Bind) -> BaseUrl {
        let given = self.optional("BASE_URL", str::parse::<BaseUrl>);
        if self.build == Build::Release {
            match &given {
                None if self.get("BASE_URL").is_none() => {
                    self.problem("BASE_URL", "is missing. Set it to the address that browsers use, as https://app.example.com")
                }
                Some(url) if !url.is_https() && !url.is_loopback() => {
                    self.problem("BASE_URL", "must start with https://, or passwords and cookies travel in the clear")
                }
                _ => {}
            }
        }
        given.unwrap_or_else(|| BaseUrl::localhost(bind.port()))
    }

    pub fn secret_key(&mut self) -> SecretKeys {
        match self.optional("SECRET_KEY", str::parse) {
            Some(keys) => keys,
            None => {
                if self.get("SECRET_KEY").is_none() && self.build == Build::Release {
                    self.problem("SECRET_KEY", format!("is missing. Run `{} secret` and set what it prints", super::PACKAGE));
                }
                SecretKeys::generate()
            }
        }
    }

    pub fn mail(&mut self) -> Mail {
        let is_on = self.one_of("MAIL", [("on", true), ("off", false)], true);
        match self.optional("SMTP_URL", str::parse) {
            _ if !is_on => Mail::Off,
            Some(url) => Mail::Smtp(url),
            None => {
                if self.build == Build::Release && self.get("SMTP_URL").is_none() {
                    let cure =
                        "is missing. Set it to your mail server, as smtps://user:password@mail.example.com, or MAIL=off to do without mail";
                    self.problem("SMTP_URL", cure);
                }
                Mail::Inbox
            }
        }
    }

    pub fn mail_from(&mut self, mail: &Mail, base_url: &BaseUrl, app_name: &str) -> Mailbox {
        let given = self.optional("MAIL_FROM", mail::mailbox);
        if self.build == Build::Release && matches!(mail, Mail::Smtp(_)) && self.get("MAIL_FROM").is_none() {
            self.problem("MAIL_FROM", "is missing. Set it to the sender of all mail, as Example <noreply@example.com>");
        }
        given.unwrap_or_else(|| mail::default_mailbox(base_url.url().host(), app_name))
    }

    pub fn confirm_email(&mut self) -> ConfirmEmail {
        let default = if self.build == Build::Debug { ConfirmEmail::After } else { ConfirmEmail::Before };
        self.one_of("CONFIRM_EMAIL", [("before", ConfirmEmail::Before), ("after", ConfirmEmail::After)], default)
    }

    pub fn registration_domains(&mut self, mail: &Mail, confirm_email: ConfirmEmail) -> Vec<String> {
        let domains = self.optional("REGISTRATION_DOMAINS", mail::domains).unwrap_or_default();
        if !domains.is_empty() && (matches!(mail, Mail::Off) || confirm_email == ConfirmEmail::After) {
            let cure = "keeps nobody out, since anybody could type such an address. Set CONFIRM_EMAIL=before, and a mail server";
            self.problem("REGISTRATION_DOMAINS", cure);
        }
        domains
    }

    pub fn log_format(&mut self) -> LogFormat {
        let default = if self.build == Build::Debug { LogFormat::Pretty } else { LogFormat::Json };
        self.optional("LOG_FORMAT", str::parse).unwrap_or(default)
    }
}
