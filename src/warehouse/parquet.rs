//! Parquet, written from a mirror and read from the operator's files.

use std::path::{Path, PathBuf};

use duckdb::named_params;

use super::Error;
use super::connection::{self, Limits, Reach};
use super::mirror::{Mirror, Reader};
use super::query::{self, End, Sink};
use super::selection::Selection;
use crate::model::filter::Filter;

const EXPORT: &str = include_str!("sql/feedback/export.sql");
const READ_PARQUET: &str = include_str!("sql/feedback/read_parquet.sql");

/// Writes the feedback of a filter into the mirror's staging folder under this name, and returns
/// the path. Whoever reads the file removes it.
///
/// # Errors
/// When DuckDB fails or the disk is full; then no file is left.
pub(crate) fn export(
    mirror: &Mirror,
    db: &Reader,
    filter: &Filter,
    name: &str,
) -> Result<PathBuf, Error> {
    let path = mirror.staging().join(name);
    let text = path.to_string_lossy();
    let selection = Selection::of(filter);
    let params = selection.with(&[("path", &text)]);
    let written = db.connection.execute(EXPORT, params.as_slice());
    match written {
        Ok(_) => Ok(path),
        Err(error) => {
            // Best effort: the folder is emptied when the mirror is opened again.
            std::fs::remove_file(&path).ok();
            Err(error.into())
        }
    }
}

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
