//! Subjects: what a person may ask of us. Opt-out, erasure, a copy of their feedback.

use rusqlite::{Connection, named_params};

use super::{Error, feedback, sql};
use crate::model::ids::{ProjectId, Subject};
use crate::model::record::Feedback;
use crate::model::time::Timestamp;

const OPTED_OUT: &str = include_str!("sql/subjects/opted_out.sql");
const SET_OPT_OUT: &str = include_str!("sql/subjects/set_opt_out.sql");
const FEEDBACK: &str = include_str!("sql/subjects/feedback.sql");
const ERASE_MARK: &str = include_str!("sql/subjects/erase_mark.sql");
const ERASE_TOMBSTONE: &str = include_str!("sql/subjects/erase_tombstone.sql");
const ERASE_RESPONSES: &str = include_str!("sql/subjects/erase_responses.sql");
const ERASE_THUMBS: &str = include_str!("sql/subjects/erase_thumbs.sql");
const ERASE_HISTORY: &str = include_str!("sql/subjects/erase_history.sql");
const ERASE_SIGNALS: &str = include_str!("sql/subjects/erase_signals.sql");
const ERASE_REPLIES: &str = include_str!("sql/subjects/erase_replies.sql");
const TOMBSTONES: &str = include_str!("sql/subjects/tombstones_all.sql");
const CHOICES: &str = include_str!("sql/subjects/choices_all.sql");

/// How many rows an erasure removed, table by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Erased {
    /// Current thumbs.
    pub(crate) thumbs: usize,
    /// All their states: those that stand, and those in the history.
    pub(crate) history: usize,
    /// Responses that nobody else has rated.
    pub(crate) responses: usize,
    /// Signals.
    pub(crate) signals: usize,
}

impl std::ops::Add for Erased {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            thumbs: self.thumbs + other.thumbs,
            history: self.history + other.history,
            responses: self.responses + other.responses,
            signals: self.signals + other.signals,
        }
    }
}

/// Whether the subject wants nothing stored.
pub(crate) fn opted_out(
    db: &Connection,
    project: ProjectId,
    subject: &Subject,
) -> Result<bool, Error> {
    let params = named_params! { ":project_id": project.0, ":user_id": subject.as_str() };
    sql::one(db, OPTED_OUT, params, |row| row.get("opted_out"))
}

/// Opts a subject out (`since` some time) or in again (`None`). What is stored stays.
pub(crate) fn set_opt_out(
    db: &Connection,
    project: ProjectId,
    subject: &Subject,
    since: Option<Timestamp>,
) -> Result<(), Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":user_id": subject.as_str(),
        ":opted_out_at": since.map(Timestamp::micros),
    };
    sql::execute(db, SET_OPT_OUT, params).map(drop)
}

/// All feedback of a subject, oldest first.
pub(crate) fn feedback(
    db: &Connection,
    project: ProjectId,
    subject: &Subject,
) -> Result<Vec<Feedback>, Error> {
    let params = named_params! { ":project_id": project.0, ":user_id": subject.as_str() };
    sql::all(db, FEEDBACK, params, feedback::from_row)
}

/// Removes everything of a subject: thumbs, history, signals, kept replies, and the responses
/// that nobody else has rated. An opt-out stays. The mirror is told to forget, too.
pub(crate) fn erase(
    db: &Connection,
    project: ProjectId,
    subject: &Subject,
    now: Timestamp,
) -> Result<Erased, Error> {
    let user_id = subject.as_str();
    let key = named_params! { ":project_id": project.0, ":user_id": user_id };
    sql::execute(db, ERASE_MARK, named_params! { ":project_id": project.0 })?;
    let responses = sql::execute(db, ERASE_RESPONSES, key)?;
    let thumbs = sql::execute(db, ERASE_THUMBS, key)?;
    let history = thumbs + sql::execute(db, ERASE_HISTORY, key)?;
    let signals = sql::execute(db, ERASE_SIGNALS, key)?;
    sql::execute(db, ERASE_REPLIES, named_params! { ":user_id": user_id })?;
    let tombstone = named_params! {
        ":project_id": project.0,
        ":user_id": user_id,
        ":erased_at": now.micros(),
    };
    sql::execute(db, ERASE_TOMBSTONE, tombstone)?;
    Ok(Erased { thumbs, history, responses, signals })
}

/// Everybody who was erased, and when.
pub(crate) fn tombstones(db: &Connection) -> Result<Vec<(ProjectId, Subject, Timestamp)>, Error> {
    sql::all(db, TOMBSTONES, &[], |row| {
        let project = ProjectId(row.get("project_id")?);
        Ok((project, sql::word(row, "user_id")?, sql::time(row, "erased_at")?))
    })
}

/// Everybody who ever opted out, and since when; or in again, and then there is no time.
pub(crate) fn choices(
    db: &Connection,
) -> Result<Vec<(ProjectId, Subject, Option<Timestamp>)>, Error> {
    sql::all(db, CHOICES, &[], |row| {
        let project = ProjectId(row.get("project_id")?);
        Ok((project, sql::word(row, "user_id")?, sql::maybe_time(row, "opted_out_at")?))
    })
}
