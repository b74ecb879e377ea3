//! SQLite, the ground state. Owns rusqlite and refinery; nothing else names them.
//!
//! One writer thread commits in groups and answers after the commit ([`writer`]); readers are
//! read-only connections. Functions of the noun files take a transaction (write) or a connection
//! (read), so they compose; this file bridges them to the async world.

pub(crate) mod api_keys;
pub(crate) mod backup;
pub(crate) mod ballast;
pub(crate) mod census;
pub(crate) mod change_log;
pub(crate) mod connection;
pub(crate) mod feedback;
pub(crate) mod folder;
pub(crate) mod health;
pub(crate) mod idempotency;
pub(crate) mod meta;
pub(crate) mod migrate;
pub(crate) mod projects;
pub(crate) mod readers;
pub(crate) mod responses;
pub(crate) mod restore;
pub(crate) mod signals;
pub(crate) mod sql;
pub(crate) mod subjects;
pub(crate) mod thumbs;
pub(crate) mod thumbs_history;
pub(crate) mod writer;

use std::sync::Arc;

use rusqlite::{Connection, Transaction};

pub(crate) use connection::{ReadOnly, Synchronous};
pub(crate) use folder::DataFolder;

use crate::model::time::Timestamp;
use health::{Health, Purpose};
use readers::Readers;
use writer::Writer;

/// A connection inside a read snapshot, for those above who pass it on to the functions here.
pub(crate) type Db = Connection;

/// A transaction of the writer, inside the savepoint of one job.
pub(crate) type Tx<'db> = Transaction<'db>;

/// What can go wrong in the store; a variant for each thing that a caller does differently.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Error {
    /// The queue of waiting writes is full: try again in a second.
    #[error("too many writes are waiting; try again in a second")]
    QueueFull,
    /// The disk is full: intake stands still until there is room.
    #[error("the disk is full; free some space and writes resume by themselves")]
    DiskFull,
    /// The database failed its check: reading works, writing is refused.
    #[error("the database is damaged and read-only ({0}); restore a backup")]
    ReadOnly(String),
    /// Another process holds the database, or it could not be reached in time.
    #[error("the database is busy; try again in a second")]
    Busy,
    /// The outcome of a commit is unknown or it failed; nothing was acknowledged.
    #[error("the write could not be made durable ({0}); try again")]
    NotDurable(String),
    /// The server is stopping.
    #[error("the server is stopping; try again in a moment")]
    Stopping,
    /// SQLite met a page that is not what it should be.
    #[error("the database is damaged ({0}); restore a backup")]
    Damaged(String),
    /// A constraint was violated, named by its table and columns.
    #[error("conflicts with what is stored ({0})")]
    Conflict(String),
    /// Anything else that SQLite reports.
    #[error("database error: {0}")]
    Sqlite(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            ConstraintViolation, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull,
            NotADatabase,
        };
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            Some(DiskFull) => Self::DiskFull,
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            Some(ConstraintViolation) => Self::Conflict(error.to_string()),
            _ => Self::Sqlite(error.to_string()),
        }
    }
}

/// The open store: one writer, several readers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    health: Arc<Health>,
}

impl Store {
    /// Opens the database of a data folder, migrating it first where needed. The caller holds
    /// the folder's lock.
    ///
    /// # Errors
    /// When the file is not ours, newer than this binary, damaged, or cannot be written.
    pub(crate) fn open(
        folder: &DataFolder,
        synchronous: Synchronous,
        now: Timestamp,
    ) -> Result<Self, connection::OpenError> {
        let connection = connection::open_writer(folder, synchronous, now)?;
        let health = Arc::new(Health::default());
        let ballast = ballast::Ballast::new(folder.ballast_path());
        let reopen = {
            let folder = folder.clone();
            move || connection::reopen_writer(&folder, synchronous)
        };
        let writer = Writer::start(connection, reopen, ballast, Arc::clone(&health));
        let readers = Readers::new(folder.clone());
        Ok(Self { writer: Arc::new(writer), readers: Arc::new(readers), health })
    }

    /// Runs `job` in the writer's next group and returns after the commit: what it returns has
    /// survived a power cut. `bytes` is the size of the request, for the queue's limit.
    ///
    /// # Errors
    /// When the job fails, or the write cannot be accepted or made durable; then nothing of the
    /// job is stored.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(Purpose::Intake, bytes, job).await
    }

    /// Like [`Store::write`], for work that frees space: goes on while the disk is full.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub(crate) async fn maintain<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(Purpose::Maintenance, 0, job).await
    }

    async fn submit<T: Send + 'static>(
        &self,
        purpose: Purpose,
        bytes: usize,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let waiting = self.writer.submit(purpose, bytes, job)?;
        self.watched(waiting.await.unwrap_or(Err(Error::Stopping)))
    }

    /// Turns the store read-only when SQLite met damage.
    fn watched<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Damaged(what)) = &result {
            self.health.set_damaged(what);
        }
        result
    }

    /// Runs `job` on a read-only connection, off the async threads.
    ///
    /// # Errors
    /// When the job fails or no connection can be opened.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = Arc::clone(&self.readers);
        let result = tokio::task::spawn_blocking(move || readers.with(job)).await;
        self.watched(
            result.unwrap_or_else(|panic| Err(Error::Sqlite(format!("a read panicked: {panic}")))),
        )
    }

    /// How the store is doing.
    pub(crate) fn health(&self) -> &Health {
        &self.health
    }

    /// Checks the file in the background, for at most five seconds; a damaged file turns the
    /// store read-only.
    pub(crate) fn check_in_background(&self) {
        let (readers, health) = (Arc::clone(&self.readers), Arc::clone(&self.health));
        std::thread::spawn(move || match readers.with(health::quick_check) {
            Ok(health::Checked::Damaged(what)) | Err(Error::Damaged(what)) => {
                health.set_damaged(&what);
            }
            Ok(health::Checked::Fine | health::Checked::OutOfTime) => (),
            Err(error) => tracing::warn!(%error, "the check at start could not be made"),
        });
    }

    /// Commits what waits, empties the write-ahead log and closes. Later writes are refused.
    pub(crate) fn close(&self) {
        self.writer.stop();
        self.readers.close();
    }
}
