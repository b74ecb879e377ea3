//! Restoring a backup: rehearsed in a folder of its own, then put in place in steps that a kill
//! cannot spoil.
//!
//! Until `restore.unfinished` is renamed to `restore.ready`, nothing of the present data was
//! touched. From then on [`finish`] only moves files, and does the rest of what is left to do
//! whenever it is called: by the restore itself, or by the next start after a kill.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::backup::{self, DATABASE, KEY, Manifest};
use crate::model::time::Timestamp;
use crate::privacy::pepper::{Pepper, PepperError};
use crate::store::DataFolder;
use crate::store::backup::Contents;
use crate::store::folder::{FolderError, make_durably};
use crate::store::health;
use crate::store::restore::{self, Applied, Withdrawn};

/// The present files, inside the rehearsed folder, until everything is in place.
const SET_ASIDE: &str = "before";

/// What to restore.
#[derive(Debug)]
pub(crate) struct Order {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// A backup's folder, or a database file.
    pub(crate) backup: PathBuf,
    /// Whether a database that is there may give way.
    pub(crate) overwrite: bool,
}

/// A finished restore.
#[derive(Debug)]
pub(crate) struct Restored {
    /// What the backup holds.
    pub(crate) contents: Contents,
    /// What was withdrawn since and is withdrawn again.
    pub(crate) applied: Applied,
    /// Why it is not known what was withdrawn since, if that is so.
    pub(crate) unknown: Option<String>,
    /// Where the files lie that gave way.
    pub(crate) set_aside: Option<PathBuf>,
}

/// Why nothing was restored. The present data is untouched, but for [`RestoreError::Unfinished`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    /// There is no such backup.
    #[error(
        "there is no backup at {}; name a folder that `thumbwheel backup` printed, or a database \
         file", .0.display()
    )]
    NoBackup(PathBuf),
    /// It is the folder around the backups.
    #[error(
        "{} is a folder of backups; name one of them, such as {}",
        folder.display(),
        newest.display()
    )]
    Several {
        /// What was named.
        folder: PathBuf,
        /// The newest one in it.
        newest: PathBuf,
    },
    /// The backup's folder lacks what describes it.
    #[error(
        "{} has no manifest that this version can read; it is not whole, or of a newer \
         thumbwheel", .0.display()
    )]
    NoManifest(PathBuf),
    /// The database is not the one that was backed up.
    #[error(
        "the backup is damaged: {} is not the file that its manifest describes; restore another \
         one", .0.display()
    )]
    Changed(PathBuf),
    /// The database does not hold what the manifest says.
    #[error("the backup does not hold what its manifest says; restore another one")]
    Differs,
    /// The database in the backup cannot be used.
    #[error(transparent)]
    Database(#[from] restore::RestoreError),
    /// The key does not fit.
    #[error("{0}, or restore a backup that was made with --with-key")]
    Key(#[from] PepperError),
    /// The folder cannot be used, or a server runs on it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Something would be replaced.
    #[error(
        "the backup is sound ({rows} feedback), but {} holds a database already; with --yes that \
         one is set aside and the backup takes its place", path.display()
    )]
    Occupied {
        /// The data folder.
        path: PathBuf,
        /// Feedback in the backup.
        rows: u64,
    },
    /// The last steps, of this restore or of one that was killed, were not all done.
    #[error(
        "the restore is not finished ({0}); free space or mend permissions, and start thumbwheel \
         or restore again: what is left to do is then done"
    )]
    Unfinished(io::Error),
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Restores a backup into a data folder on which no server runs. Rehearses everything first;
/// what is replaced is set aside, not deleted; the mirrors go and are built anew.
///
/// # Errors
/// One of [`RestoreError`], which says what has become of the present data.
pub(crate) fn restore(order: &Order, now: Timestamp) -> Result<Restored, RestoreError> {
    let source = Source::find(&order.backup)?;
    let folder = DataFolder::open(&order.data)?;
    let _lock = folder.lock()?;
    finish(&folder, now).map_err(RestoreError::Unfinished)?;
    let occupied = folder.db_path().exists();
    let rehearsal = folder.rehearsal_dir();
    let rehearse = || {
        let contents = rehearse(&source, &folder, now)?;
        if occupied && !order.overwrite {
            let path = folder.root().to_owned();
            return Err(RestoreError::Occupied { path, rows: contents.feedback.rows });
        }
        let (withdrawn, unknown) = match occupied.then(|| restore::withdrawn(&folder)) {
            Some(Ok(withdrawn)) => (withdrawn, None),
            Some(Err(error)) => (Withdrawn::default(), Some(error.to_string())),
            None => (Withdrawn::default(), None),
        };
        let applied = restore::apply(&DataFolder::open(&rehearsal)?, &withdrawn, now)?;
        Ok(Restored { contents, applied, unknown, set_aside: None })
    };
    let outcome = rehearse();
    if outcome.is_err() {
        // What is left of it would only take room; the next rehearsal starts afresh anyway.
        let _ = fs::remove_dir_all(&rehearsal);
    }
    let mut restored = outcome?;
    commit(&folder)?;
    restored.set_aside = finish(&folder, now).map_err(RestoreError::Unfinished)?;
    Ok(restored)
}

/// A backup: the database, and what is known about it.
struct Source {
    database: PathBuf,
    manifest: Option<Manifest>,
    key: Option<PathBuf>,
}

impl Source {
    fn find(path: &Path) -> Result<Self, RestoreError> {
        if path.is_file() {
            return Ok(Self { database: path.to_owned(), manifest: None, key: None });
        }
        let database = path.join(DATABASE);
        if !database.is_file() {
            let folder = path.to_owned();
            return Err(match backup::list(path).pop().map(|(newest, _)| newest) {
                Some(newest) => RestoreError::Several { folder, newest },
                None => RestoreError::NoBackup(folder),
            });
        }
        let manifest = backup::manifest(path);
        let manifest = manifest.ok_or_else(|| RestoreError::NoManifest(path.to_owned()))?;
        let key = Some(path.join(KEY)).filter(|key| key.is_file());
        Ok(Self { database, manifest: Some(manifest), key })
    }
}

/// Makes the folder in which the backup is what it will be in the data folder: checked, upgraded,
/// with a key that fits.
fn rehearse(
    source: &Source,
    folder: &DataFolder,
    now: Timestamp,
) -> Result<Contents, RestoreError> {
    let path = folder.rehearsal_dir();
    remove_folder(&path).map_err(io_at(&path))?;
    make_durably(&path).map_err(io_at(&path))?;
    let rehearsal = DataFolder::open(&path)?;
    let sha256 = copy(&source.database, &rehearsal.db_path())?;
    if source.manifest.as_ref().is_some_and(|manifest| manifest.sha256 != sha256) {
        return Err(RestoreError::Changed(source.database.clone()));
    }
    if source.manifest.is_none() {
        // A database that was copied by hand may have its last writes beside it.
        let log = with_suffix(&source.database, "-wal");
        if log.is_file() {
            copy(&log, &with_suffix(&rehearsal.db_path(), "-wal"))?;
        }
    }
    let examined = health::examine(&rehearsal).map_err(restore::RestoreError::from)?;
    bring_key(source, folder, &rehearsal, examined.key_fingerprint.as_deref())?;
    let contents = restore::upgrade(&rehearsal, now)?;
    let promised = source.manifest.as_ref().map(|manifest| &manifest.contents);
    if promised.is_some_and(|it| it.schema == contents.schema && *it != contents) {
        return Err(RestoreError::Differs);
    }
    // The copy that an upgrade makes: the backup itself is that copy.
    let copies = rehearsal.backups_dir();
    remove_folder(&copies).map_err(io_at(&copies))?;
    Ok(contents)
}

/// Checks that the key fits which the restored database will find, and brings the backup's own
/// where there is one.
fn bring_key(
    source: &Source,
    folder: &DataFolder,
    rehearsal: &DataFolder,
    expected: Option<&str>,
) -> Result<(), RestoreError> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let fits = |path: &Path| Pepper::load(path, Some(expected), [0; 32]);
    let present = folder.secret_path();
    match (&source.key, fits(&present)) {
        (_, Ok(_)) => Ok(()),
        (Some(key), Err(_)) => {
            fits(key)?;
            let to = rehearsal.secret_path();
            backup::copy_private(key, &to).map_err(io_at(&to))
        }
        (None, Err(error)) => Err(error.into()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<String, RestoreError> {
    let mut out = backup::create_private(to).map_err(io_at(to))?;
    let (_, sha256) = backup::copy_and_digest(from, &mut out).map_err(io_at(from))?;
    out.sync_all().map_err(io_at(to))?;
    Ok(sha256)
}

/// From here on the restore happens, whatever else happens.
fn commit(folder: &DataFolder) -> Result<(), RestoreError> {
    let rehearsal = folder.rehearsal_dir();
    File::open(&rehearsal).and_then(|it| it.sync_all()).map_err(io_at(&rehearsal))?;
    fs::rename(&rehearsal, folder.rehearsed_dir()).map_err(io_at(&rehearsal))?;
    File::open(folder.root()).and_then(|it| it.sync_all()).map_err(RestoreError::Unfinished)
}

/// Puts a rehearsed backup in place, or does what a killed restore left to do. Returns where the
/// files went that gave way. The caller holds the folder's lock.
///
/// # Errors
/// When a file cannot be moved; calling it again goes on.
pub(crate) fn finish(folder: &DataFolder, now: Timestamp) -> io::Result<Option<PathBuf>> {
    let ready = folder.rehearsed_dir();
    if !ready.exists() {
        return Ok(None);
    }
    let aside = ready.join(SET_ASIDE);
    make_durably(&aside)?;
    let database = folder.db_path();
    if ready.join(DATABASE).exists() {
        // The log goes before the database that it must never be replayed into comes.
        for old in ["-wal", "-shm", ""] {
            move_file(&with_suffix(&database, old), &aside)?;
        }
        // On disk, too: a power cut must not leave an old log beside the new database.
        File::open(&aside)?.sync_all()?;
        File::open(folder.root())?.sync_all()?;
        fs::rename(ready.join(DATABASE), &database)?;
    }
    if ready.join(KEY).exists() {
        move_file(&folder.secret_path(), &aside)?;
        fs::rename(ready.join(KEY), folder.secret_path())?;
    }
    remove_folder(&folder.mirror_dir())?;
    File::open(folder.root())?.sync_all()?;
    let kept = folder.root().join(format!("before-restore-{}", now.micros()));
    let kept = match fs::remove_dir(&aside) {
        // Only an empty folder can be removed so.
        Ok(()) => None,
        Err(_) => {
            fs::rename(&aside, &kept)?;
            Some(kept)
        }
    };
    remove_folder(&ready)?;
    File::open(folder.root())?.sync_all()?;
    Ok(kept)
}

/// Moves a file into a folder; one that is not there is moved already.
fn move_file(file: &Path, into: &Path) -> io::Result<()> {
    let name = file.file_name().ok_or(ErrorKind::InvalidInput)?;
    match fs::rename(file, into.join(name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> RestoreError {
    let path = path.to_owned();
    move |source| RestoreError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place of a file, and the place it goes to.
    type Move = (&'static str, &'static str);

    /// The steps of [`finish`] that move something, in their order.
    const STEPS: [Move; 4] = [
        ("thumbwheel.db-wal", "restore.ready/before/thumbwheel.db-wal"),
        ("thumbwheel.db", "restore.ready/before/thumbwheel.db"),
        ("restore.ready/thumbwheel.db", "thumbwheel.db"),
        ("secret.key", "restore.ready/before/secret.key"),
    ];

    #[test]
    fn a_restore_killed_between_any_two_steps_is_finished() {
        let now = "2026-11-23T08:00:00Z".parse().expect("valid");
        for done in 0..=STEPS.len() {
            let temp = tempfile::tempdir().expect("temp dir");
            let folder = DataFolder::open(temp.path()).expect("usable");
            let at = |name: &str| folder.root().join(name);
            for made in ["restore.ready/before", "mirror"] {
                fs::create_dir_all(at(made)).expect("made");
            }
            let old = ["thumbwheel.db", "thumbwheel.db-wal", "secret.key"];
            for (name, text) in old
                .map(|name| (name.to_owned(), "old"))
                .into_iter()
                .chain([DATABASE, KEY].map(|name| (format!("restore.ready/{name}"), "new")))
            {
                fs::write(at(&name), text).expect("written");
            }
            for (from, to) in &STEPS[..done] {
                fs::rename(at(from), at(to)).expect("moved");
            }
            let aside = finish(&folder, now).expect("finished").expect("something gave way");
            let read = |path: PathBuf| fs::read_to_string(path).expect("readable");
            for name in old {
                assert_eq!(read(aside.join(name)), "old", "{name} after {done} steps");
            }
            assert_eq!([read(at(DATABASE)), read(at(KEY))], ["new", "new"]);
            for gone in ["thumbwheel.db-wal", "restore.ready", "mirror"] {
                assert!(!at(gone).exists(), "{gone} after {done} steps");
            }
            assert_eq!(finish(&folder, now).expect("nothing to do"), None);
        }
    }
}
