//! The write-ahead log: when it is copied back into the database, and when it is emptied.
//!
//! A checkpoint never waits for readers: a vote behind it would wait, too. What a reader holds
//! back, the next checkpoint does.

use std::time::Duration;

use rusqlite::Connection;

use crate::store::connection::BUSY_TIMEOUT;

/// Pages in the log that have not been copied back when a checkpoint starts (16 MiB): most of them
/// are the same few pages again and again, and only the last state of each is copied.
const BACKLOG_PAGES_MAX: i64 = 4_096;
/// Pages in the log when it is to be emptied rather than started over (64 MiB).
const LOG_PAGES_MAX: i64 = 16_384;

const NOOP: &str = "pragma wal_checkpoint(noop)";
const PASSIVE: &str = "pragma wal_checkpoint(passive)";
const TRUNCATE: &str = "pragma wal_checkpoint(truncate)";

/// Copies the log back when much of it waits.
pub(super) fn copy_back_if_long(connection: &Connection) {
    // NOOP only counts (SQLite 3.51).
    let Some((pages, copied)) = checkpoint(connection, NOOP) else { return };
    if pages >= LOG_PAGES_MAX {
        checkpoint(connection, TRUNCATE);
    } else if pages - copied >= BACKLOG_PAGES_MAX {
        checkpoint(connection, PASSIVE);
    }
}

/// Copies the whole log back and cuts its file to nothing. False when a reader holds it.
pub(super) fn empty(connection: &Connection) -> bool {
    checkpoint(connection, TRUNCATE).is_some()
}

/// Runs a checkpoint without waiting. Returns the pages in the log and those copied back; `None`
/// when it could not finish.
fn checkpoint(connection: &Connection, mode: &str) -> Option<(i64, i64)> {
    let count = || {
        let mut statement = connection.prepare_cached(mode)?;
        statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))
    };
    let run = || {
        // The other modes do not wait anyway.
        if mode != TRUNCATE {
            return count();
        }
        connection.busy_timeout(Duration::ZERO)?;
        let counts = count();
        connection.busy_timeout(BUSY_TIMEOUT)?;
        counts
    };
    match run() {
        Ok((0, pages, copied)) => Some((pages, copied)),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, mode, "a checkpoint failed; the next one will try again");
            None
        }
    }
}
