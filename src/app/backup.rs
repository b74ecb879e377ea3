//! Backups: a folder with a copy of the database, what it holds, and, if wanted, the key.
//!
//! ```text
//! thumbwheel-20261123T080000.000000Z/
//!     thumbwheel.db    the database, one file
//!     manifest.json    what it holds, and its SHA-256
//!     secret.key       the key of the pseudonyms, only on request
//! ```
//! The folder is made under another name and renamed when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::time::{DAY_US, Timestamp};
use crate::privacy::pepper::{Pepper, PepperError};
use crate::store::DataFolder;
use crate::store::backup::{self, Contents};
use crate::store::folder::make_durably;

/// The database in a backup.
pub(crate) const DATABASE: &str = "thumbwheel.db";
/// What the backup holds.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The key, if the backup has it.
pub(crate) const KEY: &str = "secret.key";

/// The form of a manifest.
const FORMAT: u32 = 1;
/// What every backup's name starts with.
const PREFIX: &str = "thumbwheel-";
/// What stands behind the name while the backup is being made or removed.
const UNFINISHED: &str = "unfinished";
/// Bytes of a file that are in memory at a time.
const PIECE_BYTES: usize = 1 << 20;

/// What a backup says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The form of this very file.
    format: u32,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// The version that made it.
    thumbwheel: String,
    /// Size of the database, in bytes.
    bytes: u64,
    /// SHA-256 of the database, in hexadecimal digits.
    pub(crate) sha256: String,
    /// Whether the key lies beside it.
    pub(crate) with_key: bool,
    /// What the database holds.
    pub(crate) contents: Contents,
}

/// What to back up, and how.
#[derive(Debug)]
pub(crate) struct Order {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// The folder that takes the backup; `backups` in the data folder if not given.
    pub(crate) into: Option<PathBuf>,
    /// Whether `secret.key` goes with it.
    pub(crate) with_key: bool,
    /// How many backups of this installation stay, this one included; all if not given.
    pub(crate) keep: Option<usize>,
}

/// A finished backup.
#[derive(Debug)]
pub(crate) struct Made {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) manifest: Manifest,
    /// Older ones that gave way to it.
    pub(crate) removed: Vec<PathBuf>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database in {}; name its folder with --data", .0.display())]
    NoDatabase(PathBuf),
    /// The database cannot be copied.
    #[error(transparent)]
    Copy(#[from] backup::BackupError),
    /// The key cannot be copied.
    #[error(transparent)]
    Key(#[from] PepperError),
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes a backup and reads it back, beside a running server or without one.
///
/// # Errors
/// When there is nothing to back up, or it cannot be copied whole.
pub(crate) fn create(order: &Order, now: Timestamp) -> Result<Made, BackupError> {
    let folder = DataFolder::find(&order.data).filter(|folder| folder.db_path().exists());
    let folder = folder.ok_or_else(|| BackupError::NoDatabase(order.data.clone()))?;
    let into = order.into.clone().unwrap_or_else(|| folder.backups_dir());
    make_durably(&into).map_err(io_at(&into))?;
    let path = into.join(name(now));
    let unfinished = into.join(format!("{}.{UNFINISHED}", name(now)));
    remove_leftovers(&into, now);
    let manifest = fill(&folder, &unfinished, order.with_key, now);
    if manifest.is_err() {
        // What is left of it would only take room.
        let _ = fs::remove_dir_all(&unfinished);
    }
    let manifest = manifest?;
    fs::rename(&unfinished, &path).map_err(io_at(&path))?;
    File::open(&into).and_then(|into| into.sync_all()).map_err(io_at(&into))?;
    let removed = match order.keep {
        Some(keep) => thin_out(&into, keep, &manifest)?,
        None => Vec::new(),
    };
    Ok(Made { path, manifest, removed })
}

/// Puts everything that belongs to a backup into a new folder.
fn fill(
    folder: &DataFolder,
    to: &Path,
    with_key: bool,
    now: Timestamp,
) -> Result<Manifest, BackupError> {
    make_durably(to).map_err(io_at(to))?;
    let database = to.join(DATABASE);
    let contents = backup::copy_folder(folder, &database)?;
    if with_key {
        // A key that does not fit would be found out on the day it is needed.
        Pepper::load(&folder.secret_path(), contents.key_fingerprint.as_deref(), [0; 32])?;
        let key = to.join(KEY);
        copy_private(&folder.secret_path(), &key).map_err(io_at(&key))?;
    }
    let (bytes, sha256) = digest(&database).map_err(io_at(&database))?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest {
        format: FORMAT,
        created_at: now,
        thumbwheel: version,
        bytes,
        sha256,
        with_key,
        contents,
    };
    let path = to.join(MANIFEST);
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest serializes");
    write_private(&path, format!("{text}\n").as_bytes()).map_err(io_at(&path))?;
    File::open(to).and_then(|to| to.sync_all()).map_err(io_at(to))?;
    Ok(manifest)
}

/// The manifest in a backup's folder; none where there is none that this version can read.
pub(crate) fn manifest(backup: &Path) -> Option<Manifest> {
    let text = fs::read(backup.join(MANIFEST)).ok()?;
    serde_json::from_slice(&text).ok().filter(|manifest: &Manifest| manifest.format == FORMAT)
}

/// The whole backups in a folder, oldest first.
pub(crate) fn list(folder: &Path) -> Vec<(PathBuf, Manifest)> {
    let mut names = names(folder);
    names.retain(|name| !name.ends_with(UNFINISHED));
    let paths = names.into_iter().map(|name| folder.join(name));
    paths.filter_map(|path| manifest(&path).map(|manifest| (path, manifest))).collect()
}

/// The names in a folder that backups have, oldest first: each begins with its time, and all
/// times are of the same length.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    names.sort();
    names
}

/// `thumbwheel-20261123T080000.000000Z`
fn name(now: Timestamp) -> String {
    let fraction = now.micros() % 1_000_000;
    let second = now.shifted(-fraction).to_string().replace(['-', ':'], "").replace('Z', "");
    format!("{PREFIX}{second}.{fraction:06}Z")
}

/// Removes what killed backups left a day ago or longer; a younger one may still be at work.
fn remove_leftovers(folder: &Path, now: Timestamp) {
    let yesterday = name(now.shifted(-DAY_US));
    for left in names(folder).iter().filter(|name| name.ends_with(UNFINISHED)) {
        if *left < yesterday
            && let Err(error) = fs::remove_dir_all(folder.join(left))
        {
            tracing::warn!(%error, left, "what a killed backup left could not be removed");
        }
    }
}

/// Removes the oldest backups of this installation beyond `keep`.
fn thin_out(folder: &Path, keep: usize, newest: &Manifest) -> Result<Vec<PathBuf>, BackupError> {
    let ours =
        |manifest: &Manifest| manifest.contents.key_fingerprint == newest.contents.key_fingerprint;
    let mut all = list(folder);
    all.retain(|(_, manifest)| ours(manifest));
    all.truncate(all.len().saturating_sub(keep));
    let mut removed = Vec::new();
    for (path, _) in all {
        // Under another name first: half a backup must not look like one.
        let going = path.with_added_extension(UNFINISHED);
        fs::rename(&path, &going).map_err(io_at(&path))?;
        fs::remove_dir_all(&going).map_err(io_at(&going))?;
        removed.push(path);
    }
    Ok(removed)
}

/// Size and SHA-256 of a file.
fn digest(path: &Path) -> io::Result<(u64, String)> {
    copy_and_digest(path, &mut io::sink())
}

/// Copies a file to `out`; returns its size and SHA-256.
pub(crate) fn copy_and_digest(path: &Path, out: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut file, mut hasher, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            return Ok((bytes, HEXLOWER.encode(&hasher.finalize())));
        }
        hasher.update(&piece[..n]);
        out.write_all(&piece[..n])?;
        bytes += n as u64;
    }
}

/// Copies a small file that its owner alone may read.
pub(crate) fn copy_private(from: &Path, to: &Path) -> io::Result<()> {
    write_private(to, &fs::read(from)?)
}

/// A new file that its owner alone may read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_backups_sort_by_their_time() {
        let at = |text: &str| name(text.parse().expect("valid"));
        let first = at("2026-11-23T08:00:00Z");
        assert_eq!(first, "thumbwheel-20261123T080000.000000Z");
        let second = at("2026-11-23T08:00:00.5Z");
        assert_eq!(second, "thumbwheel-20261123T080000.500000Z");
        assert!(first < second && second < at("2026-11-23T08:00:01Z"));
    }
}
