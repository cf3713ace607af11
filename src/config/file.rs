//! Where settings come from.
use super::Config;
use anyhow::{Context, Result};
use std::{collections::BTreeMap, path::Path};

/// The environment's settings, and those that are no UTF-8.
pub(super) fn read_environment() -> (BTreeMap<String, String>, Vec<String>) {
    let (mut environment, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(environment.insert(name, value)),
            (Ok(name), Err(_)) if Config::names().contains(&name.as_str()) || name.starts_with(super::oauth::PREFIX) => {
                problems.push(format!("{name} is no UTF-8 text. Type it anew"))
            }
            _ => {}
        }
    }
    (environment, problems)
}

pub(super) fn read_env_file(path: &Path) -> Result<BTreeMap<String, String>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    dotenvy::from_read_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(|_| {
        let line = broken_line(&text).map_or(String::new(), |line| format!("line {line} of "));
        anyhow::anyhow!("{line}{} cannot be read. Each line is NAME=value, with quotes around a value that has blanks", path.display())
    })
}

/// The first that cannot be read by itself.
fn broken_line(text: &str) -> Option<usize> {
    let is_broken = |line: &str| dotenvy::from_read_iter(line.as_bytes()).any(|setting| setting.is_err());
    text.lines().position(is_broken).map(|line| line + 1)
}
