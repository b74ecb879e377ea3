//! Parquet, read from the operator's files.

use std::path::Path;

use duckdb::named_params;

use super::Error;
use super::connection::{self, Limits, Reach};
use super::query::{self, End, Sink};

const READ_PARQUET: &str = include_str!("sql/feedback/read_parquet.sql");

/// Hands on the rows of a Parquet file, in a DuckDB that reaches nothing else.
///
/// # Errors
/// When the file cannot be read as Parquet.
pub(crate) fn read(path: &Path, limits: Limits, sink: &mut Sink<'_>) -> Result<End, Error> {
    let Some(text) = path.to_str() else {
        return Err(Error::Refused("the path of the file is not valid UTF-8".to_owned()));
    };
    let db = connection::open(None, Reach::File(path), limits)?;
    query::stream(&db, READ_PARQUET, named_params! { "path": text }, None, sink).map_err(|error| {
        match error {
            // Here the file at fault is the operator's, not ours.
            Error::Doubtful(text) => Error::Refused(text),
            other => other,
        }
    })
}
