//! Settings are documented where they are read, and refused where they are wrong.
use super::read;
use app::config::{Bind, Build, Config, Problems, SmtpUrl, generate_key};
use std::collections::{BTreeMap, BTreeSet};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn problems(build: Build, settings: &[(&str, &str)]) -> Vec<String> {
    match Config::read(BTreeMap::new(), map(settings), build) {
        Ok(_) => Vec::new(),
        Err(Problems(problems)) => problems,
    }
}

fn release(more: &[(&str, &str)]) -> Vec<String> {
    let key = generate_key();
    let mut settings = vec![
        ("SECRET_KEY", key.as_str()),
        ("BASE_URL", "https://app.example.com"),
        ("SMTP_URL", "smtps://app:hunter2@mail.example.com"),
        ("MAIL_FROM", "Example <noreply@example.com>"),
    ];
    settings.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    settings.extend(more);
    problems(Build::Release, &settings)
}

#[test]
fn the_example_file_lists_every_setting_once() {
    let example = read(".env.example");
    let settings = example.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| line.starts_with(char::is_uppercase));
    let listed: Vec<&str> = settings.filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();

    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), Config::names().into_iter().collect());
}

#[test]
fn every_setting_stands_in_the_documentation_of_a_field() {
    let source = read("src/config/mod.rs");

    for name in Config::names() {
        assert!(source.contains(&format!("`{name}`")), "{name} is documented on no field of Config");
    }
}

#[test]
fn a_debug_build_needs_none_and_a_release_four() {
    assert!(problems(Build::Debug, &[]).is_empty());
    assert_eq!(problems(Build::Release, &[]).len(), 3, "BASE_URL, SECRET_KEY and SMTP_URL");
    assert_eq!(problems(Build::Release, &[("SMTP_URL", "smtps://mail.example.com")]).len(), 3, "MAIL_FROM instead");
    assert!(release(&[]).is_empty());
    assert!(release(&[("MAIL", "off"), ("SMTP_URL", ""), ("MAIL_FROM", "")]).is_empty());
}

#[test]
fn a_release_refuses_what_is_unsafe_and_names_all_of_it() {
    let key = "c2hvcnQ";
    let same = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
    for (name, value) in [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", key),
        ("SECRET_KEY", same),
        ("SECRET_KEY", "not base64 at all, is it?"),
        ("BASE_URL", ""),
        ("BASE_URL", "http://app.example.com"),
        ("BASE_URL", "https://app.example.com/path"),
        ("BASE_URL", "https://user:password@app.example.com"),
        ("BASE_URL", "ftp://app.example.com"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1"),
        ("SECRET_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,nonsense"),
        ("SMTP_URL", ""),
        ("SMTP_URL", "not a server"),
        ("SMTP_URL", "https://example.net"),
        ("SMTP_URL", "smtp://example.net?tls=maybe"),
        ("MAIL_FROM", ""),
        ("MAIL_FROM", "nobody"),
        ("CONFIRM_EMAIL", "never"),
        ("REGISTRATION", "perhaps"),
        ("REGISTRATION_DOMAINS", "nodots"),
    ] {
        let problems = release(&[(name, value)]);
        assert!(problems.len() == 1 && problems[0].starts_with(name), "{name}={value}: {problems:?}");
        assert!(value.is_empty() || !problems[0].contains(value), "the value is shown");
    }
    assert_eq!(release(&[("SECRET_KEY", key), ("BASE_URL", "http://x.t"), ("LOG_FORMAT", "xml")]).len(), 3);
}

#[test]
fn values_that_make_no_sense_are_refused_with_what_would() {
    for (name, value) in [
        ("PORT", "70000"),
        ("BIND", "localhost"),
        ("DATABASE_URL", "mongodb://x"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("DATABASE_URL", "sqlite:"),
        ("DATABASE_URL", "sqlite:x.db?mode=memory"),
        ("DATABASE_URL", "postgres://a:b@[x/y"),
        ("DATABASE_URL", "postgres:ada:hunter2@db/app"),
        ("DATABASE_URL", "postgres:///ada:hunter2@db/app"),
        ("DATABASE_URL", "sqlite://ada:hunter2@db/app"),
        ("DATABASE_POOL", "0"),
        ("SESSION_IDLE", "soon"),
        ("SESSION_ABSOLUTE", "0s"),
        ("LIMIT_SCALE", "-1"),
        ("MIGRATE_ON_START", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("APP_NAME", "two\nlines"),
    ] {
        let problems = problems(Build::Debug, &[(name, value)]);
        assert!(problems.len() == 1 && problems[0].starts_with(name), "{name}={value}: {problems:?}");
    }
}

#[test]
fn a_debug_build_stays_on_this_machine_unless_told() {
    assert_eq!(problems(Build::Debug, &[("BIND", "0.0.0.0:3000")]).len(), 1);
    assert!(problems(Build::Debug, &[("BIND", "0.0.0.0:3000"), ("DEV_PUBLIC", "yes")]).is_empty());
    assert!(release(&[("BIND", "0.0.0.0:3000")]).is_empty());
}

#[test]
fn names_that_no_setting_has_are_refused_in_the_file_alone() {
    let file = map(&[("SESION_IDLE", "1h"), ("PORT", "3000")]);

    let Err(Problems(problems)) = Config::read(file, map(&[("HOME", "/root")]), Build::Debug) else { panic!("accepted") };

    assert!(problems.len() == 1 && problems[0].starts_with("SESION_IDLE in .env"), "{problems:?}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = Config::read(map(&[("PORT", "4000")]), map(&[("PORT", "5000")]), Build::Debug).unwrap();

    assert_eq!((config.bind, config.base_url.origin().as_str()), (Bind::Port(5000), "http://localhost:5000"));
}

#[test]
fn nothing_secret_is_printed() {
    let key = generate_key();
    let settings = map(&[("SECRET_KEY", &key), ("DATABASE_URL", "postgres://ada:hunter2@db.example.com/app")]);

    let printed = format!("{:?}", Config::read(BTreeMap::new(), settings, Build::Debug).unwrap());

    assert!(!printed.contains(&key) && !printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("db.example.com"));
}

#[test]
fn domains_bind_nobody_where_anybody_could_type_one() {
    for settings in [&[("CONFIRM_EMAIL", "after")][..], &[("MAIL", "off")]] {
        let problems = release(&[settings, &[("REGISTRATION_DOMAINS", "example.com")]].concat());
        assert!(problems.len() == 1 && problems[0].starts_with("REGISTRATION_DOMAINS"), "{problems:?}");
    }
    assert!(release(&[("REGISTRATION_DOMAINS", "example.com,bücher.example")]).is_empty());
}

#[test]
fn mail_travels_by_tls_unless_told_otherwise() {
    let url = |text: &str| text.parse::<SmtpUrl>().unwrap().expose().to_owned();

    assert_eq!(url("smtp://app:hunter2@mail.example.com:587"), "smtp://app:hunter2@mail.example.com:587?tls=required");
    assert_eq!(url("smtps://mail.example.com"), "smtps://mail.example.com");
    assert!(!url("smtp://localhost:1025").contains("tls") && !url("smtp://[::1]:1025").contains("tls"));
    assert!(!url("smtp://mail.internal?tls=none").contains("tls"));
    assert!(!format!("{:?}", "smtp://a:hunter2@b".parse::<SmtpUrl>().unwrap()).contains("hunter2"));
}

const PROVIDER: [(&str, &str); 3] =
    [("OAUTH_MY_SSO_ISSUER", "https://login.example.com"), ("OAUTH_MY_SSO_CLIENT_ID", "id"), ("OAUTH_MY_SSO_CLIENT_SECRET", "hunter2")];

#[test]
fn a_provider_is_three_settings_under_a_name_of_ones_own() {
    let config = Config::read(map(&PROVIDER), BTreeMap::new(), Build::Debug).unwrap();

    let provider = &config.providers[0];
    assert_eq!((provider.name.as_str(), provider.issuer.as_deref()), ("my-sso", Some("https://login.example.com")));
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(release(&PROVIDER).is_empty());
    assert!(release(&[("OAUTH_GITHUB_CLIENT_ID", "x"), ("OAUTH_GITHUB_CLIENT_SECRET", "x")]).is_empty());
    assert!(release(&[("OAUTH_GITHUB_CLIENT_ID", ""), ("OAUTH_SSO_ISSUER", "")]).is_empty(), "what is empty counts as none");
}

#[test]
fn what_a_provider_lacks_is_named() {
    assert_eq!(problems(Build::Debug, &[("OAUTH_SSO_LABEL", "SSO")]).len(), 3);
    for (missing, _) in PROVIDER {
        let others: Vec<_> = PROVIDER.into_iter().filter(|(name, _)| *name != missing).collect();
        let problems = problems(Build::Debug, &others);
        assert!(problems.len() == 1 && problems[0].starts_with(&format!("{missing} is missing")), "{problems:?}");
    }
}

#[test]
fn values_of_providers_that_make_no_sense_are_refused() {
    for (name, value) in [
        ("OAUTH_MY_SSO_ISSUER", "login.example.com"),
        ("OAUTH_MY_SSO_ISSUER", "http://login.example.com"),
        ("OAUTH_MY_SSO_ISSUER", "http://localhost.example.com"),
        ("OAUTH_MY_SSO_ISSUER", "https://login.example.com/?tenant=1"),
        ("OAUTH_MY_SSO_ISSUER", "https://a:b@login.example.com"),
        ("OAUTH_MY_SSO_ISSUER", "file:///etc/passwd"),
        ("OAUTH_MY_SSO_TRUST_EMAIL", "maybe"),
        ("OAUTH_MY_SSO_SCOPES", "open\"id"),
        ("OAUTH_MY_SSO_LABEL", "two\nlines"),
        ("OAUTH_MY_SSO_FORM_ORIGINS", "https://sso.example.com/login"),
        ("OAUTH_MY_SSO_FORM_ORIGINS", "https://sso.example.com;script-src *"),
        ("OAUTH_MY_SSO_FORM_ORIGINS", "*"),
        ("OAUTH_MY_SSO_CLIENT", "id"),
        ("OAUTH_MY_SSO_REDIRECT_URI", "https://evil.example"),
        ("OAUTH_CLIENT_ID", "id"),
        ("OAUTH_my_sso_LABEL", "SSO"),
    ] {
        let settings: Vec<_> = PROVIDER.into_iter().filter(|(other, _)| *other != name).chain([(name, value)]).collect();
        for build in [problems(Build::Debug, &settings), release(&settings)] {
            assert!(build.len() == 1 && build[0].starts_with(name), "{name}={value}: {build:?}");
        }
    }
}

/// Elsewhere whoever listens on the way could answer for the provider.
#[test]
fn http_leads_to_this_machine_alone_and_only_in_development() {
    let issuers = ["http://127.0.0.1:9000", "http://localhost:9000/realm", "http://[::1]:9000"];
    for issuer in issuers {
        let settings = [PROVIDER[1], PROVIDER[2], ("OAUTH_MY_SSO_ISSUER", issuer)];
        assert!(problems(Build::Debug, &settings).is_empty(), "{issuer}");
        assert_eq!(release(&settings).len(), 1, "{issuer}");
    }
}
