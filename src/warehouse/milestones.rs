//! How far a project has come.

use super::mirror::Reader;
use super::rows::At;
use super::selection::Selection;
use super::{Error, rows};
use crate::model::filter::Filter;
use crate::model::time::Timestamp;

const STANDING: &str = include_str!("sql/milestones/standing.sql");

/// What there is, in all and lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Different users who gave feedback.
    pub(crate) users: u64,
    /// Thumbs up whose prompt and answer are known.
    pub(crate) positives: u64,
    /// Feedback of late.
    pub(crate) recent: u64,
    /// Positives of late.
    pub(crate) recent_positives: u64,
    /// Event time of the first feedback; none where there is none.
    pub(crate) first_at: Option<Timestamp>,
}

/// Where a project stands; "of late" is after `from` and up to `now`.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn standing(
    db: &Reader,
    filter: &Filter,
    from: Timestamp,
    now: Timestamp,
) -> Result<Standing, Error> {
    let selection = Selection::of(filter);
    let (from, now) = (At(from), At(now));
    let list = db.all(STANDING, &selection.with(&[("from", &from), ("now", &now)]), |row| {
        Ok(Standing {
            users: row.get("users")?,
            positives: row.get("positives")?,
            recent: row.get("recent")?,
            recent_positives: row.get("recent_positives")?,
            first_at: row.get::<_, Option<i64>>("first_at")?.map(rows::time).transpose()?,
        })
    })?;
    list.first().copied().ok_or_else(|| Error::Doubtful("a count has no row".to_owned()))
}
