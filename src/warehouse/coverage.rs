//! How many answers got feedback, and what users did with them without saying so.

use super::Error;
use super::approval::json_pointer;
use super::mirror::Reader;
use super::selection::Selection;
use crate::model::filter::{Dimension, Filter};

const OVERALL: &str = include_str!("sql/coverage/overall.sql");
const BY_DIMENSION: &str = include_str!("sql/coverage/by_dimension.sql");
const SIGNALS: &str = include_str!("sql/coverage/signals.sql");

/// The answers of one group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    /// What the group has in common; none where the answer has no value for it.
    pub(crate) key: Option<String>,
    /// Answers that were shown.
    pub(crate) shown: u64,
    /// Those of them that have feedback.
    pub(crate) rated: u64,
}

/// The signals of one kind in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acts {
    /// What the group has in common.
    pub(crate) key: Option<String>,
    /// The kind.
    pub(crate) kind: String,
    /// Signals.
    pub(crate) n: u64,
}

/// All answers of a filter.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn overall(db: &Reader, filter: &Filter) -> Result<Shown, Error> {
    let selection = Selection::of(filter);
    let list = db.all(OVERALL, &selection.with(&[]), |row| {
        Ok(Shown { key: None, shown: row.get("shown")?, rated: row.get("rated")? })
    })?;
    Ok(list.into_iter().next().unwrap_or_default())
}

/// The answers of each value of a dimension, in no order.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_dimension(
    db: &Reader,
    dimension: &Dimension,
    filter: &Filter,
) -> Result<Vec<Shown>, Error> {
    let path = dimension.key.as_deref().map(json_pointer);
    let selection = Selection::of(filter);
    let params = selection.with(&[("column", &dimension.column), ("path", &path)]);
    db.all(BY_DIMENSION, &params, |row| {
        Ok(Shown { key: row.get("key")?, shown: row.get("shown")?, rated: row.get("rated")? })
    })
}

/// The signals on the answers of each value of a dimension, by kind, in no order.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn signals(
    db: &Reader,
    dimension: &Dimension,
    filter: &Filter,
) -> Result<Vec<Acts>, Error> {
    let path = dimension.key.as_deref().map(json_pointer);
    let selection = Selection::of(filter);
    let params = selection.with(&[("column", &dimension.column), ("path", &path)]);
    db.all(SIGNALS, &params, |row| {
        Ok(Acts { key: row.get("key")?, kind: row.get("kind")?, n: row.get("n")? })
    })
}
