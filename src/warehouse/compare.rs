//! The thumbs of two sides.

use super::Error;
use super::approval::json_pointer;
use super::mirror::Reader;
use super::rows::At;
use super::selection::Selection;
use crate::model::comparison::{Comparison, Period};
use crate::model::filter::Filter;

const TALLIES: &str = include_str!("sql/compare/tallies.sql");

/// The thumbs of side a and of side b: (up, n) each.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn tallies(
    db: &Reader,
    comparison: &Comparison,
    filter: &Filter,
) -> Result<[(u64, u64); 2], Error> {
    let (by, values, periods) = match comparison {
        Comparison::Periods { a, b } => (None, (None, None), [Some(*a), Some(*b)]),
        Comparison::Segments { by, a, b } => (Some(by), (Some(a), Some(b)), [None; 2]),
    };
    let times = |period: Period| (At(period.since), At(period.until));
    let [a, b] = periods.map(|period| period.map(times).unzip());
    let column = by.map(|by| by.column.as_str());
    let path = by.and_then(|by| by.key.as_deref()).map(json_pointer);
    let selection = Selection::of(filter);
    let params = selection.with(&[
        ("column", &column),
        ("path", &path),
        ("a", &values.0),
        ("b", &values.1),
        ("a_since", &a.0),
        ("a_until", &a.1),
        ("b_since", &b.0),
        ("b_until", &b.1),
    ]);
    let list = db.all(TALLIES, &params, |row| {
        Ok([(row.get("a_up")?, row.get("a_n")?), (row.get("b_up")?, row.get("b_n")?)])
    })?;
    list.first().copied().ok_or_else(|| Error::Doubtful("a count has no row".to_owned()))
}
