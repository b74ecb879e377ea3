//! How a connection is opened: the settings that durability rests on, and the gates that keep
//! this binary away from files that it must not touch.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::folder::{DataFolder, FolderError};
use super::migrate::{self, MigrateError};
use crate::model::time::Timestamp;

/// "TWH1": marks a file as ours (`pragma application_id`).
pub(crate) const APPLICATION_ID: i32 = 0x5457_4831;
/// First SQLite release without the WAL-reset bug, which lost committed pages (3.7.0 to 3.51.2).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// How long a statement waits for a lock that another process holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Size that the write-ahead log is cut back to after a checkpoint, in bytes.
pub(crate) const WAL_BYTES_MAX: i64 = 64 << 20;

/// Pages of the database that the writer keeps in memory, in KiB. More would make commits slower:
/// after one that divided a page of an index (`balance_nonroot` gives pages the largest number for
/// a moment), SQLite looks through the whole cache for pages behind the end of the file. What is
/// not here is most likely in the system's cache.
const CACHE_KIB: u32 = 8 << 10;

/// How hard a commit is pushed to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Synchronous {
    /// Every commit is on the disk before it is acknowledged.
    #[default]
    Full,
    /// A power cut may take the last moments with it; the file stays sound.
    Normal,
}

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file is a database of some other program.
    #[error("{} is not a thumbwheel database; choose another folder with --data", .0.display())]
    NotOurs(PathBuf),
    /// The file was written by a newer release.
    #[error(
        "{} was made by a newer thumbwheel (schema {found}, this one knows {known}); \
         use that version or restore an older backup", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The schema number in the file.
        found: i64,
        /// The newest schema number of this binary.
        known: i64,
    },
    /// The SQLite library has a bug that loses data.
    #[error("this build carries SQLite {0}, which can lose data; 3.51.3 or newer is needed")]
    OldSqlite(i32),
    /// The filesystem does not support write-ahead logging.
    #[error("SQLite cannot use a write-ahead log in {} (it answered {mode}); \
             choose a local folder with --data", path.display())]
    NoWal {
        /// The database.
        path: PathBuf,
        /// The journal mode that SQLite chose instead.
        mode: String,
    },
    /// Someone took the database away and left its log.
    #[error(
        "{} is there, but the database it belongs to is not; put thumbwheel.db back beside it, \
         or move the log away to start with an empty database", .0.display()
    )]
    LogWithoutDatabase(PathBuf),
    /// A migration failed; the file is as it was before.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Anything else that SQLite reports.
    #[error("cannot open {}: {reason}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

/// Opens the one read-write connection: gates, settings, migrations. A missing database is made.
///
/// # Errors
/// One of [`OpenError`]; the file is not changed unless a migration is due.
pub(crate) fn open_writer(
    folder: &DataFolder,
    synchronous: Synchronous,
    now: Timestamp,
) -> Result<Connection, OpenError> {
    let version = rusqlite::version_number();
    if version < SQLITE_VERSION_MIN {
        return Err(OpenError::OldSqlite(version));
    }
    if !folder.db_path().exists() {
        create(folder, now)?;
    }
    let mut connection = reopen_writer(folder, synchronous)?;
    migrate::run(&mut connection, folder, now)?;
    Ok(connection)
}

/// Makes the database under another name and moves it into place when it is whole: whatever a
/// power cut leaves of a first start, the next start finds either no database or a sound one.
fn create(folder: &DataFolder, now: Timestamp) -> Result<(), OpenError> {
    let path = folder.db_path();
    let io = |source: io::Error| OpenError::Folder(FolderError::Io { path: path.clone(), source });
    let beside = |suffix: &str| path.with_file_name(format!("thumbwheel.db{suffix}"));
    if beside("-wal").exists() {
        return Err(OpenError::LogWithoutDatabase(beside("-wal")));
    }
    let new = beside(".new");
    for leftover in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(&format!(".new{leftover}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => (),
        }
    }
    let failed = |error: rusqlite::Error| sqlite_error(&path, &error);
    let mut connection = Connection::open(&new).map_err(failed)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    configure(&connection, &path, Synchronous::Full)?;
    migrate::run(&mut connection, folder, now)?;
    // Closing the last connection empties the write-ahead log into the file.
    connection.close().map_err(|(_, error)| failed(error))?;
    // The log and its index take their permissions from the database.
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).map_err(io)?;
    File::open(&new).and_then(|file| file.sync_all()).map_err(io)?;
    fs::rename(&new, &path).map_err(io)?;
    File::open(folder.root()).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Opens the read-write connection to a database that is there, without migrating it.
///
/// # Errors
/// As for [`open_writer`].
pub(crate) fn reopen_writer(
    folder: &DataFolder,
    synchronous: Synchronous,
) -> Result<Connection, OpenError> {
    let path = folder.db_path();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(&path, flags).map_err(|error| sqlite_error(&path, &error))?;
    gate(&connection, &path)?;
    configure(&connection, &path, synchronous)?;
    Ok(connection)
}

fn sqlite_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
        return OpenError::NotOurs(path.to_owned());
    }
    OpenError::Sqlite { path: path.to_owned(), reason: error.to_string() }
}

/// Refuses files of other programs and of newer releases. An empty database passes.
///
/// # Errors
/// Which of the two it is.
pub(crate) fn gate(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| sqlite_error(path, &error);
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(failed)?;
    let tables: i64 = connection
        .query_row("select count(*) from sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if application != i64::from(APPLICATION_ID) && (application != 0 || tables != 0) {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    let (found, known) = (number("user_version").map_err(failed)?, migrate::newest());
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// The settings of the writing connection. Their order matters: the timeout first, so that the
/// change to a write-ahead log waits for other processes.
fn configure(
    connection: &Connection,
    path: &Path,
    synchronous: Synchronous,
) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| sqlite_error(path, &error);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        return Err(OpenError::NoWal { path: path.to_owned(), mode });
    }
    let synchronous = match synchronous {
        Synchronous::Full => "full",
        Synchronous::Normal => "normal",
    };
    let settings = format!(
        "pragma synchronous = {synchronous};
         pragma foreign_keys = on;
         pragma secure_delete = on;
         pragma trusted_schema = off;
         pragma temp_store = memory;
         pragma wal_autocheckpoint = 0;
         pragma journal_size_limit = {WAL_BYTES_MAX};
         pragma cell_size_check = on;
         pragma cache_size = -{CACHE_KIB};
         pragma mmap_size = 0;"
    );
    connection.execute_batch(&settings).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// The version of the SQLite library.
pub(crate) fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// A connection that cannot write.
pub(crate) struct ReadOnly(Connection);

impl ReadOnly {
    /// # Errors
    /// When the database is missing or cannot be read.
    pub(crate) fn open(folder: &DataFolder) -> Result<Self, super::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.db_path(), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(
            "pragma query_only = on; pragma trusted_schema = off; pragma cell_size_check = on;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self(connection))
    }

    /// Runs `job` inside one read transaction: everything it reads is of one moment.
    ///
    /// # Errors
    /// What `job` returns, or that the transaction could not start.
    pub(crate) fn snapshot<T>(
        &mut self,
        job: impl FnOnce(&Connection) -> Result<T, super::Error>,
    ) -> Result<T, super::Error> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Deferred)?;
        job(&transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        (temp, folder)
    }

    fn now() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().expect("valid")
    }

    #[test]
    fn a_new_database_is_marked_as_ours_and_uses_the_durable_settings() {
        let (_temp, folder) = folder();
        let db = open_writer(&folder, Synchronous::Full, now()).expect("opens");
        let number = |pragma| {
            db.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).expect("known pragma")
        };
        assert_eq!(number("application_id"), i64::from(APPLICATION_ID));
        assert_eq!(number("user_version"), migrate::newest());
        assert_eq!(number("synchronous"), 2, "2 is FULL");
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("wal_autocheckpoint"), 0);
    }

    #[test]
    fn files_of_other_programs_and_of_newer_releases_are_refused_untouched() {
        let (_temp, folder) = folder();
        let db = Connection::open(folder.db_path()).expect("opens");
        db.execute_batch("create table other (x)").expect("created");
        let refused = open_writer(&folder, Synchronous::Full, now()).expect_err("not ours");
        assert!(matches!(refused, OpenError::NotOurs(_)), "{refused}");

        db.execute_batch("drop table other; pragma application_id = 0x54574831;").expect("set");
        db.pragma_update(None, "user_version", 9_999).expect("set");
        let refused = open_writer(&folder, Synchronous::Full, now()).expect_err("newer");
        assert!(refused.to_string().contains("newer thumbwheel"), "{refused}");

        drop(db);
        std::fs::write(folder.db_path(), b"this is a text file, and a long enough one").expect("w");
        let refused = open_writer(&folder, Synchronous::Full, now()).expect_err("no database");
        assert!(matches!(refused, OpenError::NotOurs(_)), "{refused}");
    }

    #[test]
    fn what_is_left_of_an_unfinished_first_start_is_no_obstacle() {
        let (_temp, folder) = folder();
        for leftover in [".new", ".new-wal", ".new-journal"] {
            let path = folder.root().join(format!("thumbwheel.db{leftover}"));
            std::fs::write(path, b"half a page").expect("written");
        }
        open_writer(&folder, Synchronous::Full, now()).expect("made from scratch");
        let left = std::fs::read_dir(folder.root()).expect("readable");
        let names: Vec<_> = left.map(|file| file.expect("readable").file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().contains(".new")), "{names:?}");
    }

    #[test]
    fn a_log_without_its_database_is_not_mixed_into_a_new_one() {
        let (_temp, folder) = folder();
        std::fs::write(folder.root().join("thumbwheel.db-wal"), b"a log").expect("written");
        let refused = open_writer(&folder, Synchronous::Full, now()).expect_err("refused");
        assert!(refused.to_string().contains("put thumbwheel.db back"), "{refused}");
    }

    #[test]
    fn a_read_only_connection_cannot_write() {
        let (_temp, folder) = folder();
        let _writer = open_writer(&folder, Synchronous::Full, now()).expect("opens");
        let mut reader = ReadOnly::open(&folder).expect("opens");
        let written = reader.snapshot(|db| Ok(db.execute("delete from projects", [])?));
        assert!(written.is_err());
    }
}
