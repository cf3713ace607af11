use super::PACKAGE;
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use std::{collections::HashSet, fs, io::Write, path::Path, str::FromStr};
use tempfile::NamedTempFile;

/// The first key seals, all open.
#[derive(Clone, Debug)]
pub struct SecretKeys(pub Vec<SecretSlice<u8>>);

impl SecretKeys {
    pub fn generate() -> Self {
        Self::from_str(&generate_key()).expect("a generated key parses")
    }

    /// HMAC-SHA256 under the first key. Different purposes give different codes of the same text.
    pub fn mac(&self, purpose: &str, text: &str) -> [u8; 32] {
        hmac(&self.0[0], purpose, text).finalize().into_bytes().into()
    }

    /// By any of the keys, so that codes outlive their rotation; in constant time.
    pub fn is_mac(&self, purpose: &str, text: &str, code: &[u8]) -> bool {
        self.0.iter().any(|key| hmac(key, purpose, text).verify_slice(code).is_ok())
    }
}

fn hmac(key: &SecretSlice<u8>, purpose: &str, text: &str) -> Hmac<Sha256> {
    let mac = Hmac::new_from_slice(key.expose_secret()).expect("a key of any length");
    mac.chain_update(purpose).chain_update(" ").chain_update(text)
}

/// 32 random bytes in base64url: what `secret` prints.
pub fn generate_key() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl FromStr for SecretKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = text.split(',').map(|key| decode_key(key.trim())).collect::<Option<_>>();
        keys.map(Self).ok_or_else(|| {
            format!("must be what `{PACKAGE} secret` prints: 32 random bytes or more in base64url. Run it and set its output")
        })
    }
}

fn decode_key(text: &str) -> Option<SecretSlice<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let distinct = bytes.iter().collect::<HashSet<_>>().len();
    (bytes.len() >= 32 && distinct >= 20).then(|| bytes.into())
}

/// Made once and kept: what was sealed before a restart opens after it.
pub(super) fn development_key(path: &Path) -> Result<String> {
    let key = fs::read_to_string(path).or_else(|_| write_once(path, &generate_key()));
    let key = key
        .with_context(|| format!("cannot write {}. Make it a file in a folder that you may write to, or set SECRET_KEY", path.display()))?;
    if let Some(problem) = exposure(path)? {
        bail!(problem);
    }
    let key = key.trim().to_owned();
    ensure!(
        SecretKeys::from_str(&key).is_ok(),
        "{} is damaged. Delete it, and a new one is made. What was sealed with it, as a message that waits to be shown, is lost",
        path.display()
    );
    Ok(key)
}

/// What to do where others than its owner can read the file: who can read a key can be anybody, and who can read the address of
/// the database its user.
pub(super) fn exposure(path: &Path) -> Result<Option<String>> {
    let cure = "holds secrets, and others can read it. Change them if somebody may have, and run `chmod 600";
    Ok((mode(path)? & 0o077 != 0).then(|| format!("{0} {cure} {0}`", path.display())))
}

/// A file's permissions as `chmod` takes them; where a system has none, those of a file for its owner alone.
#[cfg(unix)]
pub fn mode(path: &Path) -> std::io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(path)?.mode() & 0o777)
}

#[cfg(not(unix))]
pub fn mode(_path: &Path) -> std::io::Result<u32> {
    Ok(0o600)
}

/// Whole or not at all, and never over what another process wrote at the same time: whoever comes second takes the first's.
fn write_once(path: &Path, text: &str) -> std::io::Result<String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    let mut draft = NamedTempFile::new_in(folder)?;
    draft.write_all(text.as_bytes())?;
    match draft.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != std::io::ErrorKind::AlreadyExists => Err(refused.error),
        _ => fs::read_to_string(path),
    }
}
