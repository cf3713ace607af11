//! Mail of a debug build, a file each, so that it outlives a restart.
use super::Delivery;
use crate::db::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

const FOLDER: &str = "data/mail";
/// The oldest of more are deleted.
const KEPT: usize = 200;

#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// In the address of its page.
    pub id: String,
    pub at: Timestamp,
    pub mail: Delivery,
    /// As it would have been sent.
    pub headers: String,
}

/// Under a name that tells when. Keeping the same mail again replaces nothing and adds nothing.
pub fn keep(id: &str, delivery: &Delivery, message: &[u8]) -> io::Result<()> {
    if get(id).is_some() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(message);
    let headers = message.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n", "\n");
    let kept = Kept { id: id.to_owned(), at: Timestamp::now(), mail: delivery.clone(), headers };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(FOLDER)?;
    let path = PathBuf::from(FOLDER).join(format!("{:015}.{id}.json", kept.at.0));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
    for old in files().into_iter().skip(KEPT) {
        fs::remove_file(old).ok();
    }
    Ok(())
}

/// The newest first.
fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort_unstable_by(|one, other| other.cmp(one));
    files
}

fn read(path: PathBuf) -> Option<Kept> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

pub fn list() -> Vec<Kept> {
    files().into_iter().filter_map(read).collect()
}

pub fn get(id: &str) -> Option<Kept> {
    let end = format!(".{id}.json");
    files().into_iter().find(|path| path.to_string_lossy().ends_with(&end)).and_then(read)
}
