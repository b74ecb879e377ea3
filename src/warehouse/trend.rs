//! Thumbs over time.

use super::mirror::Reader;
use super::selection::Selection;
use super::{Error, rows};
use crate::model::filter::Filter;
use crate::model::time::Timestamp;

const EXTENT: &str = include_str!("sql/trend/extent.sql");
const BY_CELL: &str = include_str!("sql/trend/by_cell.sql");

/// The thumbs of one cell of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Its number, from 0.
    pub(crate) cell: i64,
    /// Feedback in it.
    pub(crate) n: u64,
    /// Thumbs up among it.
    pub(crate) up: u64,
}

/// Event times of the first and the last feedback; none where there is no feedback.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn extent(
    db: &Reader,
    filter: &Filter,
) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let selection = Selection::of(filter);
    let ends = db.all(EXTENT, &selection.with(&[]), |row| {
        let first: Option<i64> = row.get("first_at")?;
        let last: Option<i64> = row.get("last_at")?;
        first.zip(last).map(|(first, last)| Ok((rows::time(first)?, rows::time(last)?))).transpose()
    })?;
    Ok(ends.into_iter().next().flatten())
}

/// The thumbs of each cell of `length_us` microseconds from `start` on, in no order, without the
/// empty ones. The filter must select nothing before `start`.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_cell(
    db: &Reader,
    filter: &Filter,
    start: Timestamp,
    length_us: i64,
) -> Result<Vec<Cell>, Error> {
    let selection = Selection::of(filter);
    let start_us = start.micros();
    let params = selection.with(&[("start", &start_us), ("length", &length_us)]);
    db.all(BY_CELL, &params, |row| {
        Ok(Cell { cell: row.get("cell")?, n: row.get("n")?, up: row.get("up")? })
    })
}
