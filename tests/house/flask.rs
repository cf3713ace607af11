//! The guide for people from Flask names every part of that stack once, and no file that does not exist.
use std::{ops::RangeInclusive, path::Path};

const GUIDE: &str = include_str!("../../docs/coming-from-flask.md");

const IDS: [(&str, RangeInclusive<u32>); 15] = [
    ("FS", 1..=50),
    ("FS", 60..=79),
    ("FD", 1..=23),
    ("FL", 1..=4),
    ("SA", 1..=3),
    ("MG", 1..=2),
    ("BC", 1..=1),
    ("WT", 1..=1),
    ("SE", 1..=1),
    ("CA", 1..=1),
    ("ML", 1..=1),
    ("CC", 1..=1),
    ("RF", 1..=1),
    ("JJ", 1..=1),
    ("AD", 1..=2),
];

const ROOMS: [&str; 6] = ["src/", "templates/", "migration/", "tests/", "static/", "docs/"];

#[test]
fn every_id_has_one_row() {
    let rows = rows();
    let count = |id: &str| rows.iter().filter(|cells| cells[0] == id).count();
    let wrong: Vec<String> = ids().map(|id| (count(&id), id)).filter(|(n, _)| *n != 1).map(|(n, id)| format!("{id}: {n} rows")).collect();

    assert!(wrong.is_empty(), "each id needs one row: {wrong:#?}");
}

#[test]
fn no_row_has_an_unknown_id() {
    let ids: Vec<String> = ids().collect();
    let unknown: Vec<&str> = rows().iter().map(|cells| cells[0]).filter(|id| !ids.iter().any(|known| known == id)).collect();

    assert!(unknown.is_empty(), "rows with ids that nobody knows: {unknown:#?}");
}

#[test]
fn every_row_has_three_filled_cells() {
    let wrong: Vec<_> = rows().into_iter().filter(|cells| cells.len() != 3 || cells.iter().any(|cell| cell.is_empty())).collect();

    assert!(wrong.is_empty(), "each row needs an id, what Flask has and what is here: {wrong:#?}");
}

#[test]
fn every_path_that_is_named_exists() {
    let quoted = GUIDE.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = quoted.filter(|text| ROOMS.iter().any(|room| text.starts_with(room)));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let missing: Vec<&str> = paths.filter(|path| !root.join(path).exists()).collect();

    assert!(missing.is_empty(), "paths that lead nowhere: {missing:#?}");
}

fn ids() -> impl Iterator<Item = String> {
    IDS.into_iter().flat_map(|(prefix, numbers)| numbers.map(move |number| format!("{prefix}-{number}")))
}

/// The cells of each line of a table, its head and rule left out.
fn rows() -> Vec<Vec<&'static str>> {
    let lines = GUIDE.lines().filter_map(|line| line.trim().strip_prefix('|'));
    let cells = lines.map(|line| line.strip_suffix('|').unwrap_or(line).split('|').map(str::trim).collect::<Vec<_>>());
    cells.filter(|cells| cells[0] != "id" && !cells[0].starts_with("---")).collect()
}
