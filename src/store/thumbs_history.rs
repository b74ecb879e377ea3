//! The states of a thumb besides the one that stands, and the order of states: late ones are kept
//! but never become current.

use std::cmp::Ordering;

use rusqlite::{Connection, named_params};

use super::{Error, sql};
use crate::model::feedback::{Choice, NewFeedback};
use crate::model::ids::ProjectId;
use crate::model::time::Timestamp;

const KNOWN: &str = include_str!("sql/thumbs_history/known.sql");
const INSERT: &str = include_str!("sql/thumbs_history/insert.sql");
const SUPERSEDE: &str = include_str!("sql/thumbs_history/supersede.sql");

/// A state of a thumb at a time; no choice where it was taken back.
#[derive(Debug)]
pub(crate) struct State<'a> {
    choice: Option<&'a Choice>,
    at: Timestamp,
}

impl<'a> State<'a> {
    /// The state that a write asks for.
    pub(crate) fn of(new: &NewFeedback, choice: Option<&'a Choice>) -> Self {
        Self { choice, at: new.state_time() }
    }

    /// What it says; nothing where the thumb was taken back.
    pub(crate) fn choice(&self) -> Option<&'a Choice> {
        self.choice
    }

    /// When it was so.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }
}

/// What becomes of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the newest one.
    Newest,
    /// It is of the same time as the newest one.
    Again,
    /// A newer one stands: this one is for the history only.
    Late,
    /// An import brought exactly this state before.
    Known,
}

/// Where a state belongs in the order, after the `latest` one. Writes without a clock of their own
/// come in the order in which they arrive; the others by their clock.
pub(crate) fn judge(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    state: &State<'_>,
    latest: Option<Timestamp>,
) -> Result<Verdict, Error> {
    let Some(latest) = latest else {
        return Ok(Verdict::Newest);
    };
    if new.created_at.is_some() && known(db, project, new, state)? {
        return Ok(Verdict::Known);
    }
    if new.client_ts.is_none() && new.created_at.is_none() {
        return Ok(Verdict::Newest);
    }
    Ok(match state.at.cmp(&latest) {
        Ordering::Less => Verdict::Late,
        Ordering::Equal => Verdict::Again,
        Ordering::Greater => Verdict::Newest,
    })
}

fn known(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    state: &State<'_>,
) -> Result<bool, Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
        ":feedback": state.choice.map(|choice| choice.thumb.as_str()),
        ":reasons": state.choice.and_then(|choice| choice.reasons.as_deref()),
        ":comment": state.choice.and_then(|choice| choice.comment.as_deref()),
        ":correction": state.choice.and_then(|choice| choice.correction.as_deref()),
        ":state_at": state.at.micros(),
    };
    sql::one(db, KNOWN, params, |row| row.get("known"))
}

/// Keeps a state.
pub(crate) fn insert(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    state: &State<'_>,
    became_current: bool,
) -> Result<(), Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
        ":feedback": state.choice.map(|choice| choice.thumb.as_str()),
        ":reasons": state.choice.and_then(|choice| choice.reasons.as_deref()),
        ":comment": state.choice.and_then(|choice| choice.comment.as_deref()),
        ":correction": state.choice.and_then(|choice| choice.correction.as_deref()),
        ":trust": new.trust.as_str(),
        ":source": new.source.as_str(),
        ":client_ts": new.client_ts.map(Timestamp::micros),
        ":state_at": state.at.micros(),
        ":became_current": became_current,
        ":received_at": new.received_at.micros(),
    };
    sql::execute(db, INSERT, params).map(drop)
}

/// Keeps the state that stands, which another one is about to replace.
pub(crate) fn supersede(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
) -> Result<(), Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
    };
    sql::execute(db, SUPERSEDE, params).map(drop)
}
