//! Read-only connections, kept open and lent out one at a time.

use std::sync::Mutex;

use rusqlite::Connection;

use super::{DataFolder, Error, ReadOnly};

/// Most connections that are kept when nobody uses them.
const IDLE_MAX: usize = 4;

/// The pool. Connections are opened when needed, so it never makes a reader wait.
pub(crate) struct Readers {
    folder: DataFolder,
    idle: Mutex<Option<Vec<ReadOnly>>>,
}

impl Readers {
    /// An empty pool over a database.
    pub(crate) fn new(folder: DataFolder) -> Self {
        Self { folder, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Runs `job` inside one read transaction. A connection that saw an error is not used again.
    ///
    /// # Errors
    /// What `job` returns, or that no connection could be opened.
    pub(crate) fn with<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let idle = {
            let mut idle = self.idle.lock().expect("no panic holds this lock");
            idle.as_mut().ok_or(Error::Stopping)?.pop()
        };
        let mut reader = match idle {
            Some(reader) => reader,
            None => ReadOnly::open(&self.folder)?,
        };
        let result = reader.snapshot(job);
        if result.is_ok() {
            let mut idle = self.idle.lock().expect("no panic holds this lock");
            if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < IDLE_MAX) {
                idle.push(reader);
            }
        }
        result
    }

    /// Closes what is idle; later reads are refused.
    pub(crate) fn close(&self) {
        self.idle.lock().expect("no panic holds this lock").take();
    }
}
