//! Thumbs: the current vote of one subject on one response, and the rules by which it changes.
//!
//! The rules: an older client clock never becomes current; an absent field stays, `null` clears
//! it; a change of thumb clears reasons, comment and correction unless they come with it; taking
//! the thumb back deletes the row and keeps the history; a write that changes nothing writes
//! nothing.

use rusqlite::{Connection, Row, named_params};

use super::thumbs_history::{self, State};
use super::{Error, feedback, responses, sql, subjects};
use crate::model::feedback::{Choice, NewFeedback, Thumb};
use crate::model::ids::{ProjectId, Subject};
use crate::model::patch::Patch;
use crate::model::record::Feedback;
use crate::model::response::NewResponse;

const BY_KEY: &str = include_str!("sql/thumbs/by_key.sql");
const INSERT: &str = include_str!("sql/thumbs/insert.sql");
const UPDATE: &str = include_str!("sql/thumbs/update.sql");
const DELETE: &str = include_str!("sql/thumbs/delete.sql");

/// What a write of feedback did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The subject wants nothing stored, and nothing was.
    OptedOut,
    /// The write was taken.
    Stored {
        /// There was no thumb before and there is one now.
        created: bool,
        /// The thumb, or what came with it, is another one now.
        changed: bool,
        /// The feedback as it stands; `None` when there is none (any more).
        feedback: Option<Box<Feedback>>,
    },
}

/// Takes one write of feedback into the store, with what it says of the response.
pub(crate) fn record(
    db: &Connection,
    project: ProjectId,
    new: NewFeedback,
) -> Result<Outcome, Error> {
    if subjects::opted_out(db, project, &new.subject)? {
        return Ok(Outcome::OptedOut);
    }
    record_response(db, project, &new)?;
    let current = by_key(db, project, new.message_id.as_str(), &new.subject)?;
    let next = new.thumb.map(|thumb| next_choice(current.as_ref(), thumb, &new));
    let state = State::of(&new, next.as_ref());
    let changed = match thumbs_history::judge(db, project, &new, &state)? {
        thumbs_history::Verdict::Known => false,
        thumbs_history::Verdict::Late => {
            thumbs_history::insert(db, project, &new, &state, false)?;
            false
        }
        thumbs_history::Verdict::Newest => {
            let changed = next != current;
            if changed || new.client_ts.is_some() {
                thumbs_history::insert(db, project, &new, &state, true)?;
            }
            if changed {
                apply(db, project, &new, current.is_some(), next.as_ref())?;
            }
            changed
        }
    };
    let feedback = feedback::by_key(db, project, new.message_id.as_str(), &new.subject)?;
    let created = changed && current.is_none() && feedback.is_some();
    Ok(Outcome::Stored { created, changed, feedback: feedback.map(Box::new) })
}

/// What the write says of the response, if it says anything.
fn record_response(db: &Connection, project: ProjectId, new: &NewFeedback) -> Result<(), Error> {
    if new.response.is_empty() {
        return Ok(());
    }
    let response = NewResponse {
        message_id: new.message_id.clone(),
        patch: new.response.clone(),
        trust: new.trust,
        source: new.source,
        created_at: new.event_time(),
        received_at: new.received_at,
    };
    responses::record(db, project, response).map(drop)
}

fn next_choice(current: Option<&Choice>, thumb: Thumb, new: &NewFeedback) -> Choice {
    let kept = current.filter(|choice| choice.thumb == thumb);
    let reasons = match new.reasons.clone() {
        Patch::Absent => kept.and_then(|choice| choice.reasons.clone()),
        Patch::Clear => None,
        Patch::Set(list) if list.is_empty() => None,
        Patch::Set(list) => Some(serde_json::Value::from(list).to_string()),
    };
    Choice {
        thumb,
        reasons,
        comment: new.comment.clone().apply(kept.and_then(|choice| choice.comment.clone())),
        correction: new.correction.clone().apply(kept.and_then(|it| it.correction.clone())),
    }
}

fn apply(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    exists: bool,
    next: Option<&Choice>,
) -> Result<(), Error> {
    let Some(next) = next else {
        let params = named_params! {
            ":project_id": project.0,
            ":message_id": new.message_id.as_str(),
            ":user_id": new.subject.as_str(),
        };
        return sql::execute(db, DELETE, params).map(drop);
    };
    let client_ts = new.client_ts.map(|ts| ts.micros());
    let updated_at = new.state_time().micros();
    let created_at = new.event_time().micros();
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
        ":feedback": next.thumb.as_str(),
        ":reasons": next.reasons,
        ":comment": next.comment,
        ":correction": next.correction,
        ":trust": new.trust.as_str(),
        ":source": new.source.as_str(),
        ":client_ts": client_ts,
        ":updated_at": updated_at,
        ":received_at": new.received_at.micros(),
        ":created_at": created_at,
    };
    if exists {
        // The time of the first vote stays: it decides the bucket that the feedback is in.
        sql::execute(db, UPDATE, &params[..params.len() - 1]).map(drop)
    } else {
        sql::execute(db, INSERT, params).map(drop)
    }
}

fn by_key(
    db: &Connection,
    project: ProjectId,
    message_id: &str,
    subject: &Subject,
) -> Result<Option<Choice>, Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": message_id,
        ":user_id": subject.as_str(),
    };
    sql::first(db, BY_KEY, params, from_row)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Choice> {
    Ok(Choice {
        thumb: sql::word(row, "feedback")?,
        reasons: row.get("reasons")?,
        comment: row.get("comment")?,
        correction: row.get("correction")?,
    })
}

#[cfg(test)]
mod tests;
