//! Failures: which answers fail in the same way, and how often.

use serde::{Deserialize, Serialize};

use crate::model::filter::Filter;
use crate::model::time::Timestamp;
use crate::warehouse::Error;
use crate::warehouse::failures::{Pattern, by_pattern, count};
use crate::warehouse::mirror::Reader;

/// Answers with the same prompt, text and action that got thumbs down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Failure {
    /// Names the pattern: 16 hexadecimal digits.
    pub(crate) pattern: String,
    /// What was asked.
    pub(crate) user_message: Option<String>,
    /// What was answered.
    pub(crate) assistant_response: Option<String>,
    /// What was done; null where the app named nothing.
    pub(crate) action_type: Option<String>,
    /// Thumbs down.
    pub(crate) frequency: u64,
    /// Different users who gave them.
    pub(crate) users: u64,
    /// The first of them, in event time.
    pub(crate) first_at: Timestamp,
    /// The last of them, in event time.
    pub(crate) last_at: Timestamp,
    /// Up to five examples, latest first.
    pub(crate) message_ids: Vec<String>,
}

/// The failure patterns of what a filter selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Failures {
    /// All thumbs down.
    pub(crate) thumbs_down: u64,
    /// Those of them whose answer nothing is known of, so that they fit no pattern.
    pub(crate) unexplained: u64,
    /// The patterns, most frequent first.
    pub(crate) failures: Vec<Failure>,
}

/// The patterns with at least `at_least` thumbs down, at most `limit` of them.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn failures(
    db: &Reader,
    filter: &Filter,
    at_least: u32,
    limit: u32,
) -> Result<Failures, Error> {
    let total = count(db, filter)?;
    let patterns = by_pattern(db, filter, at_least, limit)?;
    Ok(Failures {
        thumbs_down: total.n,
        unexplained: total.unexplained,
        failures: patterns.into_iter().map(Failure::from).collect(),
    })
}

impl From<Pattern> for Failure {
    fn from(pattern: Pattern) -> Self {
        Self {
            pattern: format!("{:016x}", pattern.pattern_hash),
            user_message: pattern.user_message,
            assistant_response: pattern.assistant_response,
            action_type: pattern.action_type,
            frequency: pattern.frequency,
            users: pattern.users,
            first_at: pattern.first_at,
            last_at: pattern.last_at,
            message_ids: pattern.message_ids,
        }
    }
}
