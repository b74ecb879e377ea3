//! Copies of a whole database as it is at one moment, checked by reading them back.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::connection::{self, OpenError};
use super::{DataFolder, Error, ReadOnly, feedback, health, meta, migrate, sql};
use crate::model::fingerprint::Fingerprint;

const COUNTS: &str = include_str!("sql/backup/counts_all.sql");
const FEEDBACK: &str = include_str!("sql/backup/feedback_all.sql");

/// What a database holds: two with equal contents hold the same feedback.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Contents {
    /// The schema number.
    pub(crate) schema: i64,
    /// The fingerprint of the `secret.key` that the pseudonyms were made with.
    pub(crate) key_fingerprint: Option<String>,
    /// How many rows each table has.
    pub(crate) tables: BTreeMap<String, u64>,
    /// The count and hash of all current feedback.
    pub(crate) feedback: Fingerprint,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The database is of another program or release.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database was never brought up to this release.
    #[error(
        "the database is of an older thumbwheel (schema {found}, this one writes {known}); start \
         `thumbwheel serve` once, which copies it into backups/ and upgrades it, and try again"
    )]
    Older {
        /// The schema number in the file.
        found: i64,
        /// The schema number of this binary.
        known: i64,
    },
    /// The copy cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The copy is not what it should be.
    #[error("the database is damaged ({0}); `thumbwheel doctor` says more")]
    Damaged(String),
    /// The copy read back differs from what was copied.
    #[error("the copy does not hold what the database held; check the disk and try again")]
    Differs,
}

/// Copies the database of a folder into the file `to`, and reads the copy back. Others may go on
/// writing: the copy is of the moment of its beginning.
///
/// # Errors
/// When the database cannot be read, is damaged, or the copy cannot be written. Then there is no
/// file `to`.
pub(crate) fn copy_folder(folder: &DataFolder, to: &Path) -> Result<Contents, BackupError> {
    let path = folder.db_path();
    let mut reader = ReadOnly::open(folder)?;
    let mut outcome = Ok(());
    let before = reader.snapshot(|db| {
        outcome = connection::gate(db, &path).map_err(BackupError::from);
        if outcome.is_err() || schema(db)? < migrate::newest() {
            return Ok(None);
        }
        let contents = contents(db)?;
        outcome = copy(db, to);
        Ok(Some(contents))
    })?;
    outcome?;
    let Some(before) = before else {
        let found = reader.snapshot(schema)?;
        return Err(BackupError::Older { found, known: migrate::newest() });
    };
    match read_back(to) {
        Ok(after) if after == before => Ok(before),
        other => {
            // What is no backup must not look like one.
            let _ = fs::remove_file(to);
            Err(other.err().unwrap_or(BackupError::Differs))
        }
    }
}

/// Copies a database into the file `to`, which is whole or not there.
///
/// # Errors
/// When the database is damaged or the copy cannot be written.
pub(crate) fn copy(db: &Connection, to: &Path) -> Result<(), BackupError> {
    let io = |source| BackupError::Io { path: to.to_owned(), source };
    let unfinished = to.with_added_extension("unfinished");
    let outcome = copy_pages(db, &unfinished);
    if outcome.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    outcome?;
    fs::rename(&unfinished, to).map_err(io)?;
    let folder = to.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

fn copy_pages(db: &Connection, to: &Path) -> Result<(), BackupError> {
    let io = |source| BackupError::Io { path: to.to_owned(), source };
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(to).map_err(io)?;
    let mut copy = Connection::open(to).map_err(Error::from)?;
    // All pages in one step: inside the caller's transaction they are all of one moment.
    let step = Backup::new(db, &mut copy).and_then(|backup| backup.step(-1));
    match step.map_err(Error::from)? {
        StepResult::Done => (),
        _ => return Err(Error::Busy.into()),
    }
    // One file, without a log beside it, that can be read from anywhere.
    copy.pragma_update(None, "journal_mode", "delete").map_err(Error::from)?;
    let flaws = health::full_check(&copy)?;
    if let Some(flaw) = flaws.first() {
        return Err(BackupError::Damaged(flaw.clone()));
    }
    copy.close().map_err(|(_, error)| Error::from(error))?;
    file.sync_all().map_err(io)
}

/// Opens a copy and says what it holds.
fn read_back(path: &Path) -> Result<Contents, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(path, flags).map_err(Error::from)?;
    Ok(contents(&copy)?)
}

fn schema(db: &Connection) -> Result<i64, Error> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// What a database of this binary's schema holds. Reads all feedback.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn contents(db: &Connection) -> Result<Contents, Error> {
    let count = |row: &rusqlite::Row<'_>| {
        let rows: i64 = row.get("row_count")?;
        Ok((row.get("table_name")?, rows.unsigned_abs()))
    };
    let tables = sql::all(db, COUNTS, &[], count)?.into_iter().collect();
    let mut fingerprint = Fingerprint::default();
    sql::each(db, FEEDBACK, &[], |row| {
        fingerprint.add(&feedback::from_row(row)?);
        Ok(())
    })?;
    Ok(Contents {
        schema: schema(db)?,
        key_fingerprint: meta::pepper_fingerprint(db)?,
        tables,
        feedback: fingerprint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connection::{Synchronous, open_writer};

    fn folder() -> (tempfile::TempDir, DataFolder, Connection) {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now = "2026-11-23T08:00:00Z".parse().expect("valid");
        let db = open_writer(&folder, Synchronous::Full, now).expect("opens");
        (temp, folder, db)
    }

    #[test]
    fn every_table_is_counted() {
        let (_temp, _folder, db) = folder();
        let names = "select name from sqlite_schema where type = 'table' \
             and name not like 'sqlite_%' and name not like 'refinery_%' order by name";
        let names = sql::all(&db, names, &[], |row| row.get::<_, String>(0)).expect("readable");
        let counted: Vec<_> = contents(&db).expect("read").tables.into_keys().collect();
        assert_eq!(counted, names);
    }

    #[test]
    fn a_copy_of_a_damaged_or_older_database_is_refused_and_nothing_is_left() {
        let (_temp, folder, db) = folder();
        let to = folder.root().join("copy.db");
        db.pragma_update(None, "user_version", 0).expect("set");
        let refused = copy_folder(&folder, &to).expect_err("older").to_string();
        assert!(refused.contains("older thumbwheel"), "{refused}");
        db.pragma_update(None, "user_version", migrate::newest()).expect("set");
        copy_folder(&folder, &to).expect("sound");

        db.execute_batch(
            "pragma foreign_keys = off;
             insert into subjects (project_id, user_id) values (99, 'nobody');",
        )
        .expect("an orphan");
        let other = folder.root().join("other.db");
        let refused = copy_folder(&folder, &other).expect_err("damaged").to_string();
        assert!(refused.contains("subjects"), "{refused}");
        let left = fs::read_dir(folder.root()).expect("readable");
        let names: Vec<_> = left.map(|file| file.expect("readable").file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().contains("other")), "{names:?}");
    }
}
