//! DuckDB, the derived state. Owns duckdb; nothing else names it.
//!
//! Runs in the warehouse child alone: it opens mirror files, keeps them in step with the rows it
//! is given, and answers questions. It knows nothing of SQLite; `app` carries the rows over.

pub(crate) mod approval;
pub(crate) mod build;
pub(crate) mod connection;
pub(crate) mod failures;
pub(crate) mod fingerprint;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod folder;
pub(crate) mod guard;
pub(crate) mod mirror;
pub(crate) mod names;
pub(crate) mod parquet;
pub(crate) mod query;
pub(crate) mod rows;
pub(crate) mod sandbox;
pub(crate) mod selection;
pub(crate) mod summary;
pub(crate) mod value;

/// The version of the DuckDB library, such as `v1.5.6`.
pub(crate) fn version() -> String {
    duckdb::Connection::open_in_memory()
        .and_then(|db| db.version())
        .unwrap_or_else(|error| format!("unusable: {error}"))
}

/// What can go wrong in the warehouse; a variant for each thing that a caller does differently.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The question itself is at fault; the text is meant for the one who asked.
    #[error("{0}")]
    Refused(String),
    /// The answer needs more memory than there is.
    #[error("the query needs more memory than it may use; select fewer rows or columns")]
    Memory,
    /// The question was called off.
    #[error("the query was stopped")]
    Stopped,
    /// The file can no longer be trusted.
    #[error("the mirror cannot be trusted: {0}")]
    Doubtful(String),
    /// DuckDB met a mistake of its own and answers nothing more until the file is opened again.
    #[error("DuckDB failed: {0}")]
    Broken(String),
    /// A file could not be made, moved or removed.
    #[error("cannot use {what}: {source}")]
    Io {
        /// What was done to which kind of file.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<duckdb::Error> for Error {
    fn from(error: duckdb::Error) -> Self {
        let text = match error {
            duckdb::Error::DuckDBFailure(_, Some(text)) => text,
            other => return Self::Refused(other.to_string()),
        };
        let starts_with = |heads: &[&str]| heads.iter().any(|head| text.starts_with(head));
        if starts_with(&["Out of Memory Error", "OutOfMemory Error"]) || text.contains("bad_alloc")
        {
            Self::Memory
        } else if starts_with(&["INTERRUPT Error", "Interrupt Error"]) {
            Self::Stopped
        } else if starts_with(&["INTERNAL Error", "FATAL Error", "Fatal Error"])
            || text.contains("database has been invalidated")
        {
            Self::Broken(text)
        } else if starts_with(&["IO Error", "Serialization Error", "Corruption Error"]) {
            Self::Doubtful(text)
        } else {
            Self::Refused(text)
        }
    }
}

/// Names what was being done when the system refused.
fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { what, source }
}

#[cfg(test)]
mod tests;
