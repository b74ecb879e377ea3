//! Who votes: week by week, by the week in which they were first seen.

use super::mirror::Reader;
use super::rows::At;
use super::selection::Selection;
use super::{Error, rows};
use crate::model::filter::Filter;
use crate::model::time::Timestamp;

const EXTENT: &str = include_str!("sql/cohorts/extent.sql");
const BY_WEEK: &str = include_str!("sql/cohorts/by_week.sql");

/// The votes of one week by the users who were first seen in another, or in the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Votes {
    /// The week in which the users were first seen, counted from 0.
    pub(crate) first_week: usize,
    /// The week of the votes.
    pub(crate) week: usize,
    /// Users who gave any feedback in that week.
    pub(crate) users: u64,
    /// Users who gave feedback that the filter selects.
    pub(crate) voters: u64,
    /// Such feedback.
    pub(crate) n: u64,
    /// Thumbs up among it.
    pub(crate) up: u64,
}

/// Event times of the first and the last feedback before `until`; none where there is none.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn extent(
    db: &Reader,
    until: Option<Timestamp>,
) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let ends = db.all(EXTENT, &[("until", &until.map(At))], |row| {
        let first: Option<i64> = row.get("first_at")?;
        let last: Option<i64> = row.get("last_at")?;
        first.zip(last).map(|(first, last)| Ok((rows::time(first)?, rows::time(last)?))).transpose()
    })?;
    Ok(ends.into_iter().next().flatten())
}

/// The votes of each pair of weeks, in no order, without empty ones. `cells` are the first cells
/// of the weeks and the one behind the last; a cell is `length_us` long, cell 0 starts at
/// `start`. There must be no feedback before `start`; from `end` on it is left out.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_week(
    db: &Reader,
    filter: &Filter,
    (start, end): (Timestamp, Timestamp),
    length_us: i64,
    cells: &[i64],
) -> Result<Vec<Votes>, Error> {
    let selection = Selection::of(filter);
    let (start_us, end) = (start.micros(), At(end));
    let cells = format!("{cells:?}");
    let params = selection.with(&[
        ("start", &start_us),
        ("end", &end),
        ("length", &length_us),
        ("cells", &cells),
    ]);
    db.all(BY_WEEK, &params, |row| {
        Ok(Votes {
            first_week: row.get("first_week")?,
            week: row.get("week")?,
            users: row.get("users")?,
            voters: row.get("voters")?,
            n: row.get("n")?,
            up: row.get("up")?,
        })
    })
}
