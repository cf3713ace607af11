use super::say;
use anyhow::{Context, Result, ensure};
use std::{fs, path::Path};
use time::{OffsetDateTime, macros::format_description};

const SOURCES: &str = "migration/src";

/// A file that does nothing yet, named by the day, and its two lines in the list.
pub fn write(name: &str) -> Result<()> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    ensure!(plain && name.len() <= 40, "a migration is named in lower case, as add_phone_to_users, with at most 40 characters");
    let list = Path::new(SOURCES).join("lib.rs");
    let text =
        fs::read_to_string(&list).with_context(|| format!("{} is not here. Run this in the folder of the sources", list.display()))?;
    let module = format!("m{}_{:06}_{name}", day()?, next_number(&text));
    let listed = insert(&text, &module).with_context(|| format!("{} does not list migrations as it used to", list.display()))?;
    let file = Path::new(SOURCES).join(format!("{module}.rs"));
    fs::write(&file, TEMPLATE).with_context(|| format!("cannot write {}", file.display()))?;
    fs::write(&list, listed).with_context(|| format!("cannot write {}", list.display()))?;
    say(&format!("wrote {}", file.display()))
}

fn day() -> Result<String> {
    Ok(OffsetDateTime::now_utc().format(format_description!("[year][month][day]"))?)
}

/// Goes on counting through the days, so that names sort in the order they were made.
fn next_number(list: &str) -> u32 {
    let numbers = list.lines().filter_map(|line| line.strip_prefix("mod m")?.split('_').nth(1)?.parse::<u32>().ok());
    numbers.max().unwrap_or(0) + 1
}

fn insert(list: &str, module: &str) -> Option<String> {
    let after_module = list.rmatch_indices("\nmod m").next().and_then(|(at, _)| Some(at + 1 + list[at + 1..].find('\n')? + 1))?;
    let (modules, rest) = list.split_at(after_module);
    let after_entry = rest.rfind("::Migration),\n")? + "::Migration),\n".len();
    let (entries, end) = rest.split_at(after_entry);
    Some(format!("{modules}mod {module};\n{entries}            Box::new({module}::Migration),\n{end}"))
}

const TEMPLATE: &str = "\
//! Column types are in `crate::columns` and `sea_orm_migration::schema`; `m20261121_000005_sessions` is one to copy. A column that
//! is searched by, as a foreign key, needs an index: `crate::columns::index`.
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
";
