//! DuckDB, the derived state. Owns duckdb; nothing else names it.
//!
//! Runs in the warehouse child alone, but for [`version`]: it opens mirror files, keeps them in
//! step with the rows it is given, and answers questions. It knows nothing of SQLite; `app` carries
//! the rows over.

pub(crate) mod approval;
pub(crate) mod build;
pub(crate) mod cohorts;
pub(crate) mod compare;
pub(crate) mod connection;
pub(crate) mod coverage;
pub(crate) mod error;
pub(crate) mod failures;
pub(crate) mod fingerprint;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod folder;
pub(crate) mod guard;
pub(crate) mod milestones;
pub(crate) mod mirror;
pub(crate) mod names;
pub(crate) mod parquet;
pub(crate) mod query;
pub(crate) mod rows;
pub(crate) mod sandbox;
pub(crate) mod selection;
pub(crate) mod summary;
pub(crate) mod trend;
pub(crate) mod value;

pub(crate) use error::Error;
use error::io;

/// The version of the DuckDB library, such as `v1.5.6`.
pub(crate) fn version() -> String {
    duckdb::Connection::open_in_memory()
        .and_then(|db| db.version())
        .unwrap_or_else(|error| format!("unusable: {error}"))
}

#[cfg(test)]
mod tests;
