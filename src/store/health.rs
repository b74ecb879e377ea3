//! Whether the store may write, and why not.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection::{self, OpenError};
use super::{DataFolder, Error, ReadOnly, meta, sql};

/// How long the check at start may take.
const CHECK_BUDGET: Duration = Duration::from_secs(5);

/// What a job is for: when the disk is full, only what frees space goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// New data from outside.
    Intake,
    /// Erasure, retention and the like.
    Maintenance,
}

/// The state of the store, set by the writer and by checks.
#[derive(Debug, Default)]
pub(crate) struct Health {
    disk_full: AtomicBool,
    damage: Mutex<Option<String>>,
}

impl Health {
    /// # Errors
    /// Why a job of this purpose is refused now.
    pub(crate) fn accepts(&self, purpose: Purpose) -> Result<(), Error> {
        if let Some(damage) = self.damage() {
            return Err(Error::ReadOnly(damage));
        }
        match purpose {
            Purpose::Intake if self.disk_full() => Err(Error::DiskFull),
            Purpose::Intake | Purpose::Maintenance => Ok(()),
        }
    }

    /// What a check found wrong, if it did.
    pub(crate) fn damage(&self) -> Option<String> {
        self.damage.lock().expect("no panic holds this lock").clone()
    }

    /// Turns the store read-only.
    pub(crate) fn set_damaged(&self, what: &str) {
        tracing::error!(what, "the database is damaged; only reading goes on");
        *self.damage.lock().expect("no panic holds this lock") = Some(what.to_owned());
    }

    /// Whether intake stands still for want of space.
    pub(crate) fn disk_full(&self) -> bool {
        self.disk_full.load(Ordering::Relaxed)
    }

    /// Says whether there is room.
    pub(crate) fn set_disk_full(&self, full: bool) {
        if self.disk_full.swap(full, Ordering::Relaxed) != full {
            tracing::warn!(full, "the state of the disk changed");
        }
    }
}

/// Flaws that a full check tells, at most.
const FLAWS_MAX: usize = 10;

/// Everything that can be checked inside a file, index by index and reference by reference: what
/// is wrong, in SQLite's words. Reads all of it.
///
/// # Errors
/// When the check cannot be made at all.
pub(crate) fn full_check(db: &Connection) -> Result<Vec<String>, Error> {
    let text = format!("pragma integrity_check({FLAWS_MAX})");
    let mut flaws = sql::all(db, &text, &[], |row| row.get::<_, String>(0))?;
    flaws.retain(|flaw| flaw != "ok");
    let orphan = |row: &rusqlite::Row<'_>| {
        let (table, parent): (String, String) = (row.get("table")?, row.get("parent")?);
        Ok(format!("a row of {table} has lost its row of {parent}"))
    };
    flaws.extend(sql::all(db, "pragma foreign_key_check", &[], orphan)?);
    flaws.truncate(FLAWS_MAX);
    Ok(flaws)
}

/// What a thorough look at a database tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    /// The schema number in the file.
    pub(crate) schema: i64,
    /// The fingerprint of the key that its pseudonyms need, once there is one.
    pub(crate) key_fingerprint: Option<String>,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsound {
    /// It is of another program, or of a newer release.
    #[error(transparent)]
    Foreign(#[from] OpenError),
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Error),
    /// A check found something wrong; this is the first of it.
    #[error("it is damaged ({0})")]
    Damaged(String),
}

/// Looks at the database of a folder without changing it: whether it is ours and every page of
/// it is sound.
///
/// # Errors
/// Why it cannot be used.
pub(crate) fn examine(folder: &DataFolder) -> Result<Examined, Unsound> {
    let mut reader = ReadOnly::open(folder)?;
    let looked = reader.snapshot(|db| {
        if let Err(foreign) = connection::gate(db, &folder.db_path()) {
            return Ok(Err(foreign.into()));
        }
        if let Some(flaw) = full_check(db)?.into_iter().next() {
            return Ok(Err(Unsound::Damaged(flaw)));
        }
        let schema = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(Ok(Examined { schema, key_fingerprint: meta::pepper_fingerprint(db)? }))
    });
    match looked {
        Ok(looked) => looked,
        Err(Error::Damaged(what)) => Err(Unsound::Damaged(what)),
        Err(error) => Err(error.into()),
    }
}

/// What a quick check found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Every page is well formed.
    Fine,
    /// The first thing that is not.
    Damaged(String),
    /// The file is too large for the budget; nothing was found so far.
    OutOfTime,
}

/// `pragma quick_check`, stopped after its budget.
///
/// # Errors
/// When the check cannot be made at all.
pub(crate) fn quick_check(db: &Connection) -> Result<Checked, Error> {
    let start = Instant::now();
    let watch = move || start.elapsed() > CHECK_BUDGET;
    // An error means that the watch could not be set, and the check then runs without one.
    let _ = db.progress_handler(10_000, Some(watch));
    let found = db.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    let _ = db.progress_handler(0, None::<fn() -> bool>);
    Ok(match found {
        Ok(found) if found == "ok" => Checked::Fine,
        Ok(found) => Checked::Damaged(found),
        Err(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
        {
            Checked::OutOfTime
        }
        Err(error) => return Err(error.into()),
    })
}
