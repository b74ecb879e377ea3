//! What there is of a project, counted in the ground state itself: for when something seems to
//! be missing from an answer.

use rusqlite::{Connection, named_params};

use super::{Error, sql};
use crate::model::ids::ProjectId;
use crate::model::time::Timestamp;

const PROJECT: &str = include_str!("sql/census/project_all.sql");

/// The counts of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Census {
    /// Current feedback.
    pub(crate) feedback: u64,
    /// Of it, thumbs up.
    pub(crate) positive: u64,
    /// Of those, how many have both the prompt and the answer.
    pub(crate) trainable: u64,
    /// Feedback on an answer that nobody told us about.
    pub(crate) unmatched: u64,
    /// Feedback without an action type.
    pub(crate) untyped: u64,
    /// The latest event time.
    pub(crate) happened_at: Option<Timestamp>,
    /// The latest time of arrival.
    pub(crate) received_at: Option<Timestamp>,
    /// Answers that were logged.
    pub(crate) responses: u64,
    /// Users of whom nothing is stored any more.
    pub(crate) opted_out: u64,
}

/// Counts a project.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn of_project(db: &Connection, project: ProjectId) -> Result<Census, Error> {
    sql::one(db, PROJECT, named_params! { ":project_id": project.0 }, |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
        Ok(Census {
            feedback: count("feedback")?,
            positive: count("positive")?,
            trainable: count("trainable")?,
            unmatched: count("unmatched")?,
            untyped: count("untyped")?,
            happened_at: sql::maybe_time(row, "happened_at")?,
            received_at: sql::maybe_time(row, "received_at")?,
            responses: count("responses")?,
            opted_out: count("opted_out")?,
        })
    })
}
