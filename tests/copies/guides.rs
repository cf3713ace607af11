//! What the guides under `docs/` tell to do is done here, on a copy, and everything holds.
use crate::copy_to;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn guide(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("docs").join(name)).unwrap()
}

/// The whole tree; what was built and what was typed in stays behind.
fn copy() -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guides");
    fs::remove_dir_all(&copy).ok();
    for entry in fs::read_dir(ROOT).unwrap() {
        let name = entry.unwrap().file_name();
        if !["target", "data", ".git", ".env"].iter().any(|left| name == *left) {
            copy_to(&Path::new(ROOT).join(&name), &copy.join(&name));
        }
    }
    copy
}

/// A block of code, and the line of prose above it that says where it goes.
struct Step<'a> {
    place: &'a str,
    code: &'a str,
}

fn steps(guide: &str) -> Vec<Step<'_>> {
    let blocks = guide.split("\n```").collect::<Vec<_>>();
    let pairs = blocks.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    pairs.map(|(prose, block)| Step { place: prose.trim().lines().next_back().unwrap(), code: block.split_once('\n').unwrap().1 }).collect()
}

impl Step<'_> {
    /// What stands between the nth pair of backticks.
    fn quoted(&self, nth: usize) -> &str {
        self.place.split('`').nth(2 * nth + 1).unwrap_or_else(|| panic!("{} names no place", self.place))
    }

    fn is_new_file(&self) -> bool {
        self.place.starts_with("New file")
    }

    fn follow(&self, copy: &Path) {
        let path = copy.join(self.quoted(0));
        if self.is_new_file() {
            assert!(!path.exists(), "{}", path.display());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            return fs::write(path, format!("{}\n", self.code)).unwrap();
        }
        let (text, anchor) = (fs::read_to_string(&path).unwrap(), self.quoted(1));
        assert_eq!(text.matches(anchor).count(), 1, "{anchor} in {}", path.display());
        let changed = match self.place.contains("becomes") {
            true => text.replace(anchor, self.code),
            false => text.replace(anchor, &format!("{anchor}\n{}", self.code)),
        };
        fs::write(path, changed).unwrap();
    }
}

/// Refuses warnings, too.
fn run(command: &mut Command) {
    // What cargo tells this test would make some dependencies of the copy compile again.
    for (name, _) in std::env::vars().filter(|(name, _)| (name.starts_with("CARGO_") && name != "CARGO_HOME") || name == "OUT_DIR") {
        command.env_remove(name);
    }
    let output = command.env_remove("TEST_DATABASE_URL").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let warned = text(&output.stderr).contains("warning: unused");
    assert!(output.status.success() && !warned, "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Beside what is built here already, so that no dependency compiles again.
fn build_folder() -> PathBuf {
    let (here, there) = (std::env::current_exe().unwrap(), Path::new(env!("CARGO_TARGET_TMPDIR")).join("guides-target"));
    let built = here.parent().unwrap().parent().unwrap();
    if !there.exists() {
        fs::create_dir_all(there.join("debug")).unwrap();
        for part in [".fingerprint", "build", "deps"] {
            run(Command::new("cp").arg("-a").arg(built.join(part)).arg(there.join("debug").join(part)));
        }
    }
    there
}

#[test]
fn a_feature_is_added_the_example_removed_and_all_tests_pass() {
    let copy = copy();
    let (add, remove) = (guide("add-a-feature.md"), guide("remove-example.md"));

    steps(&add).iter().for_each(|step| step.follow(&copy));
    run(Command::new("sh").arg("-ec").arg(steps(&remove)[0].code).current_dir(&copy));

    run(Command::new(env!("CARGO")).args(["fmt", "--check"]).current_dir(&copy));
    run(Command::new(env!("CARGO"))
        .args(["test", "--offline", "--no-fail-fast", "--target-dir"])
        .arg(build_folder())
        .args(if cfg!(feature = "mysql") { &["--features", "mysql"][..] } else { &[] })
        .current_dir(&copy));
}

#[test]
fn a_feature_takes_eight_files_and_three_hundred_and_fifty_lines() {
    let add = guide("add-a-feature.md");
    let steps = steps(&add);

    let files = steps.iter().filter(|step| step.is_new_file()).count();
    let lines: usize = steps.iter().map(|step| step.code.lines().count()).sum();

    assert!(files <= 8 && lines <= 350, "{files} files and {lines} lines");
}
