//! Thumbs: the current vote of one subject on one response, and the rules by which it changes.
//!
//! The rules: an older client clock never becomes current; an absent field stays, `null` clears
//! it; a change of thumb clears reasons, comment and correction unless they come with it; taking
//! the thumb back deletes the row and keeps the history; a write that changes nothing writes
//! nothing, unless it has a newer clock, which is remembered.

use rusqlite::{Connection, Row, named_params};

use super::change_log::{self, Table};
use super::responses::{Authority, Recorded};
use super::thumbs_history::{self, State, Verdict};
use super::{Error, responses, sql};
use crate::model::feedback::{Choice, NewFeedback, Thumb};
use crate::model::ids::{ProjectId, Subject};
use crate::model::patch::Patch;
use crate::model::response::NewResponse;
use crate::model::time::Timestamp;

const STANDING: &str = include_str!("sql/thumbs/standing.sql");
const BY_KEY: &str = include_str!("sql/thumbs/by_key.sql");
const INSERT: &str = include_str!("sql/thumbs/insert.sql");
const CONFIRM: &str = include_str!("sql/thumbs/confirm.sql");
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
        /// The thumb, what came with it, or what is known of the response is another one now.
        changed: bool,
    },
}

/// Takes one write of feedback into the store, with what it says of the response.
pub(crate) fn record(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
) -> Result<Outcome, Error> {
    let Standing { opted_out, latest } = standing(db, project, new)?;
    if opted_out {
        return Ok(Outcome::OptedOut);
    }
    // Where no state ever became current there is no thumb either.
    let current = match latest {
        Some(_) => by_key(db, project, new.message_id.as_str(), &new.subject)?,
        None => None,
    };
    let next = new.thumb.map(|thumb| next_choice(current.as_ref(), thumb, new));
    let state = State::of(new, next.as_ref());
    let verdict = thumbs_history::judge(db, project, new, &state, latest)?;
    let told = record_response(db, project, new, verdict)?;
    let changed = match verdict {
        Verdict::Known => false,
        Verdict::Late => {
            thumbs_history::insert(db, project, new, &state, false)?;
            false
        }
        Verdict::Newest | Verdict::Again => {
            let changed = next != current;
            let has_time = new.client_ts.is_some() || new.created_at.is_some();
            if changed {
                replace(db, project, new, current.is_some(), &state)?;
            } else if has_time && verdict == Verdict::Newest {
                confirm(db, project, new, &state)?;
            }
            changed
        }
    };
    let created = changed && current.is_none() && next.is_some();
    Ok(Outcome::Stored { created, changed: changed || told != Recorded::Unchanged })
}

/// What stands in the way of a vote.
struct Standing {
    opted_out: bool,
    /// The time of the newest state that became current.
    latest: Option<Timestamp>,
}

fn standing(db: &Connection, project: ProjectId, new: &NewFeedback) -> Result<Standing, Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":user_id": new.subject.as_str(),
        ":message_id": new.message_id.as_str(),
    };
    sql::one(db, STANDING, params, |row| {
        Ok(Standing { opted_out: row.get("opted_out")?, latest: sql::maybe_time(row, "latest")? })
    })
}

/// What the write says of the response, if it says anything. A late or repeated write only fills
/// in what is missing.
fn record_response(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    verdict: Verdict,
) -> Result<Recorded, Error> {
    if new.response.is_empty() {
        return Ok(Recorded::Unchanged);
    }
    let response = NewResponse {
        message_id: new.message_id.clone(),
        patch: new.response.clone(),
        trust: new.trust,
        source: new.source,
        stated_at: None,
        event_at: new.event_time(),
        received_at: new.received_at,
    };
    let authority = match verdict {
        Verdict::Newest | Verdict::Again => Authority::ByTrust,
        Verdict::Late | Verdict::Known => Authority::Complete,
    };
    responses::record(db, project, &response, authority)
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

/// The same thumb at a later time: nothing changes, but the order is remembered.
fn confirm(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    state: &State<'_>,
) -> Result<(), Error> {
    thumbs_history::insert(db, project, new, state, true)?;
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
        ":confirmed_at": state.at().micros(),
    };
    sql::execute(db, CONFIRM, params).map(drop)
}

/// Puts a state in the place of the one that stands, which goes into the history. A thumb that is
/// taken back leaves no row to stand in, so that state goes there, too.
fn replace(
    db: &Connection,
    project: ProjectId,
    new: &NewFeedback,
    exists: bool,
    state: &State<'_>,
) -> Result<(), Error> {
    if exists {
        thumbs_history::supersede(db, project, new)?;
    }
    let Some(next) = state.choice() else {
        thumbs_history::insert(db, project, new, state, true)?;
        let params = named_params! {
            ":project_id": project.0,
            ":message_id": new.message_id.as_str(),
            ":user_id": new.subject.as_str(),
        };
        return sql::execute(db, DELETE, params).map(drop);
    };
    let client_ts = new.client_ts.map(|ts| ts.micros());
    let updated_at = state.at().micros();
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
        return sql::execute(db, UPDATE, &params[..params.len() - 1]).map(drop);
    }
    sql::execute(db, INSERT, params)?;
    change_log::append(db, project, Table::Thumbs)
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
