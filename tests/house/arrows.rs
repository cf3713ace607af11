//! Arrows between rooms run one way, and only `web` knows HTTP.
use super::{files, read};
use std::collections::BTreeSet;

/// A room and the rooms it may enter; `causes`, `config` and `seal` are open to all.
const MAY_ENTER: &[(&str, &[&str])] = &[
    ("causes", &[]),
    ("config", &[]),
    ("seal", &[]),
    ("db", &[]),
    ("entity", &["db"]),
    ("jobs", &["entity", "db"]),
    ("mail", &["jobs", "db"]),
    ("accounts", &["mail", "jobs", "entity", "db"]),
    ("oauth", &["accounts", "jobs", "entity", "db"]),
    ("posts", &["accounts", "entity", "db"]),
    ("dev", &["web", "oauth", "accounts", "mail", "db"]),
    // Only its table of routes names `dev`.
    ("web", &["dev", "oauth", "posts", "accounts", "jobs", "entity", "db"]),
    ("server", &[]),
    ("worker", &["oauth", "accounts", "mail", "jobs", "db"]),
    ("background", &["worker", "db"]),
];

/// What the table of routes names as handlers: `account::profile::show` stands in the slice `account`.
fn slices() -> BTreeSet<String> {
    let table = read("src/web/routes.rs");
    let handlers = table.lines().filter(|line| line.trim_start().starts_with('.') && line.contains("::"));
    handlers.filter_map(|line| line.split([' ', '(']).find(|word| word.contains("::"))?.split("::").next().map(str::to_owned)).collect()
}

#[test]
fn the_slices_are_found() {
    assert!(["account", "home", "login", "verify"].iter().all(|slice| slices().contains(*slice)), "{:?}", slices());
}

fn room_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split(['/', '.']).next()
}

fn sources() -> Vec<(String, String)> {
    files("src").into_iter().map(|path| (path.to_str().unwrap().to_owned(), read(&path))).collect()
}

/// What stands after every `crate::`, alone or in braces.
fn rooms_named_in(source: &str) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for rest in source.split("crate::").skip(1) {
        if let Some(braces) = rest.strip_prefix('{') {
            let inside = &braces[..braces.find("};").unwrap_or(braces.len())];
            named.extend(inside.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")).flat_map(first_words));
            named.extend(if inside.contains('\n') { Vec::new() } else { inside.split(", ").flat_map(first_words).collect() });
        } else {
            named.extend(first_words(rest));
        }
    }
    named
}

fn first_words(text: &str) -> Option<&str> {
    text.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|word| !word.is_empty())
}

#[test]
fn rooms_enter_only_the_rooms_below_them() {
    let rooms: Vec<&str> = MAY_ENTER.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let Some((room, allowed)) = MAY_ENTER.iter().find(|(room, _)| room_of(&path) == Some(room)) else { continue };
        for entered in rooms_named_in(&source).into_iter().filter(|name| rooms.contains(name)) {
            if entered != *room && !allowed.contains(&entered) && !["causes", "config", "seal"].contains(&entered) {
                wrong.push(format!("{path} enters {entered}"));
            }
        }
    }

    assert!(wrong.is_empty(), "if you mean it, write it into the room's row of MAY_ENTER in tests/house/arrows.rs: {wrong:#?}");
}

#[test]
fn every_room_is_known_here() {
    let known: BTreeSet<&str> = MAY_ENTER.iter().map(|(room, _)| *room).chain(["main", "lib", "commands"]).collect();
    let sources = sources();
    let rooms: BTreeSet<&str> = sources.iter().filter_map(|(path, _)| room_of(path)).collect();

    assert_eq!(rooms, known, "write a new room, and which rooms it may enter, into MAY_ENTER of tests/house/arrows.rs");
}

#[test]
fn the_reader_of_these_rules_sees_what_breaks_them() {
    let named = rooms_named_in(
        "use crate::{\n    accounts::{self, User},\n    web::Page,\n};\nfn f() { crate::db::x() }\nuse crate::{config, seal::Sealer};",
    );

    assert_eq!(named, BTreeSet::from(["accounts", "config", "db", "seal", "web"]));
}

#[test]
fn no_room_below_web_knows_http_or_templates() {
    let mut wrong = Vec::new();
    let rooms: Vec<&str> =
        MAY_ENTER.iter().map(|(room, _)| *room).filter(|room| !["web", "server", "dev", "mail"].contains(room)).collect();
    for (path, source) in sources().iter().filter(|(path, _)| rooms.contains(&room_of(path).unwrap())) {
        for word in ["axum", "askama", "tower_sessions", "tower_http", "hyper"] {
            if source.contains(&format!("{word}::")) {
                wrong.push(format!("{path} names {word}"));
            }
        }
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_slice_imports_another_and_none_builds_a_row() {
    let mut wrong = Vec::new();
    let (slices, rooms) = (slices(), MAY_ENTER.iter().map(|(room, _)| *room).collect::<Vec<_>>());
    for (path, source) in sources().iter().filter(|(path, _)| path.starts_with("src/web/")) {
        let own = path.trim_start_matches("src/web/").split(['/', '.']).next().unwrap();
        // Of a slice that is called like a room, `oauth::` alone is the room.
        let imports = |slice: &str| match rooms.contains(&slice) {
            true => ["super::", "web::"].iter().any(|before| source.contains(&format!("{before}{slice}::"))),
            false => source.contains(&format!("{slice}::")),
        };
        let named = slices.iter().filter(|slice| *slice != own && slices.contains(own) && imports(slice));
        wrong.extend(named.map(|slice| format!("{path} imports {slice}")));
        wrong.extend(source.contains("ActiveModel").then(|| format!("{path} builds a row")));
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A file of `admin/` or `account/` is a slice as well; what they share is named by no route.
#[test]
fn no_slice_of_a_folder_imports_another() {
    let table = read("src/web/routes.rs");
    let words = || table.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).map(|word| word.split("::").collect::<Vec<_>>());
    let is_slice = |area: &str, name: &str| words().any(|word| word.len() > 2 && word[0] == area && word[1] == name);
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let parts: Vec<&str> = path.split(['/', '.']).collect();
        let ["src", "web", area, own, ..] = parts[..] else { continue };
        for name in source.split(['{', ' ', ',', ';', '(']).filter_map(|word| word.split_once("::")) {
            let other = name.1.split("::").next().unwrap();
            if (name.0 == "super" || name.0 == area) && other != own && is_slice(area, own) && is_slice(area, other) {
                wrong.push(format!("{path} imports {other}"));
            }
        }
    }

    assert!(is_slice("admin", "delete_role") && is_slice("account", "profile"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn migrations_name_no_entity() {
    for path in files("migration/src") {
        assert!(!read(&path).contains("entity::"), "{}", path.display());
    }
}

#[test]
fn no_source_names_the_starter_that_it_came_from() {
    let name = ["latch", "key"].concat();
    let mut wrong: Vec<_> = ["src", "migration/src", "templates", "tests"].into_iter().flat_map(files).collect();
    wrong.retain(|path| read(path).to_lowercase().contains(&name));

    assert!(wrong.is_empty(), "{wrong:#?}");
}
