//! Thumbs by action type.

use super::Error;
use super::mirror::Reader;
use super::selection::Selection;
use crate::model::filter::Filter;

const BY_ACTION_TYPE: &str = include_str!("sql/summary/by_action_type.sql");

/// The thumbs of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// What the group has in common; none where the feedback has no value for it.
    pub(crate) key: Option<String>,
    /// Feedback in the group.
    pub(crate) n: u64,
    /// Thumbs up among it.
    pub(crate) up: u64,
}

/// The thumbs of each action type, in no order.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_action_type(db: &Reader, filter: &Filter) -> Result<Vec<Tally>, Error> {
    let selection = Selection::of(filter);
    db.all(BY_ACTION_TYPE, &selection.with(&[]), |row| {
        Ok(Tally { key: row.get("action_type")?, n: row.get("n")?, up: row.get("up")? })
    })
}
