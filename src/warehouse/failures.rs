//! The patterns behind thumbs down.

use duckdb::types::Value;

use super::mirror::Reader;
use super::selection::Selection;
use super::{Error, rows};
use crate::model::filter::Filter;
use crate::model::time::Timestamp;

const BY_PATTERN: &str = include_str!("sql/failures/by_pattern.sql");
const COUNT: &str = include_str!("sql/failures/count.sql");

/// Answers that are the same and got thumbs down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The hash of what is the same.
    pub(crate) pattern_hash: i64,
    /// What was asked.
    pub(crate) user_message: Option<String>,
    /// What was answered.
    pub(crate) assistant_response: Option<String>,
    /// What was done.
    pub(crate) action_type: Option<String>,
    /// Thumbs down.
    pub(crate) frequency: u64,
    /// Different users who gave them.
    pub(crate) users: u64,
    /// The first, in event time.
    pub(crate) first_at: Timestamp,
    /// The last, in event time.
    pub(crate) last_at: Timestamp,
    /// Up to five examples, latest first.
    pub(crate) message_ids: Vec<String>,
}

/// How many thumbs down there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    /// Thumbs down.
    pub(crate) n: u64,
    /// Those of them that name an answer nothing is known of.
    pub(crate) unexplained: u64,
}

/// The patterns with at least so many thumbs down, most frequent first.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_pattern(
    db: &Reader,
    filter: &Filter,
    at_least: u32,
    limit: u32,
) -> Result<Vec<Pattern>, Error> {
    let selection = Selection::of(filter);
    let params = selection.with(&[("at_least", &at_least), ("limit", &limit)]);
    db.all(BY_PATTERN, &params, |row| {
        Ok(Pattern {
            pattern_hash: row.get("pattern_hash")?,
            user_message: row.get("user_message")?,
            assistant_response: row.get("assistant_response")?,
            action_type: row.get("action_type")?,
            frequency: row.get("frequency")?,
            users: row.get("users")?,
            first_at: rows::time(row.get("first_at")?)?,
            last_at: rows::time(row.get("last_at")?)?,
            message_ids: texts(row.get("message_ids")?),
        })
    })
}

/// All thumbs down of a filter.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn count(db: &Reader, filter: &Filter) -> Result<Total, Error> {
    let selection = Selection::of(filter);
    let list = db.all(COUNT, &selection.with(&[]), |row| {
        Ok(Total { n: row.get("n")?, unexplained: row.get("unexplained")? })
    })?;
    list.first().copied().ok_or_else(|| Error::Doubtful("a count has no row".to_owned()))
}

fn texts(value: Value) -> Vec<String> {
    let Value::List(items) = value else {
        return Vec::new();
    };
    let text = |item| match item {
        Value::Text(text) => Some(text),
        _ => None,
    };
    items.into_iter().filter_map(text).collect()
}
