//! Responses: what the AI answered. All text lives here, once per message.
//!
//! A row has one trust. A write of the same trust completes and corrects it; a write of higher
//! trust replaces what lower trust had said, so that nobody's guess stands beside the app's own
//! word; a write of lower trust changes nothing.

use rusqlite::{Connection, Row, named_params};

use super::{Error, sql};
use crate::model::action::{ActionData, ActionType};
use crate::model::ids::{ProjectId, Seq};
use crate::model::patch::Patch;
use crate::model::pattern;
use crate::model::record::Response;
use crate::model::response::{NewResponse, ResponsePatch};

const BY_MESSAGE: &str = include_str!("sql/responses/by_message.sql");
const INSERT: &str = include_str!("sql/responses/insert.sql");
const UPDATE: &str = include_str!("sql/responses/update.sql");

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// There was no such response before.
    Created,
    /// The response says something else now.
    Changed,
    /// It said all that already, or the write had less trust than what stands.
    Unchanged,
}

/// Creates or updates a response.
pub(crate) fn record(
    db: &Connection,
    project: ProjectId,
    new: NewResponse,
) -> Result<Recorded, Error> {
    let Some(current) = by_message(db, project, new.message_id.as_str())? else {
        let row = merged(None, &new);
        write(db, project, INSERT, &row)?;
        return Ok(Recorded::Created);
    };
    if new.trust < current.trust {
        return Ok(Recorded::Unchanged);
    }
    let row = merged(Some(&current), &new);
    let unchanged = Response { received_at: current.received_at, ..row.clone() } == current;
    if unchanged {
        return Ok(Recorded::Unchanged);
    }
    write(db, project, UPDATE, &row)?;
    Ok(Recorded::Changed)
}

/// The response with that message id, if there is one.
pub(crate) fn by_message(
    db: &Connection,
    project: ProjectId,
    message_id: &str,
) -> Result<Option<Response>, Error> {
    let params = named_params! { ":project_id": project.0, ":message_id": message_id };
    sql::first(db, BY_MESSAGE, params, from_row)
}

/// The row after a write; `current` is what stands and is not of higher trust.
fn merged(current: Option<&Response>, new: &NewResponse) -> Response {
    let kept = current.filter(|row| row.trust == new.trust);
    let ResponsePatch { action_type, action_data, .. } = new.patch.clone();
    let text = |patch: &Patch<String>, old: fn(&Response) -> &Option<String>| {
        patch.clone().apply(kept.and_then(|row| old(row).clone()))
    };
    let patch = &new.patch;
    let mut row = Response {
        id: current.map_or(0, |row| row.id),
        message_id: new.message_id.as_str().to_owned(),
        conversation_id: text(&patch.conversation_id, |row| &row.conversation_id),
        user_message: text(&patch.user_message, |row| &row.user_message),
        assistant_response: text(&patch.assistant_response, |row| &row.assistant_response),
        messages: text(&patch.messages, |row| &row.messages),
        tools: text(&patch.tools, |row| &row.tools),
        action_type: text(&label(action_type, |it: &ActionType| it.as_str()), |r| &r.action_type),
        action_data: text(&label(action_data, |it: &ActionData| it.as_str()), |r| &r.action_data),
        model: text(&patch.model, |row| &row.model),
        prompt_version: text(&patch.prompt_version, |row| &row.prompt_version),
        experiment: text(&patch.experiment, |row| &row.experiment),
        variant: text(&patch.variant, |row| &row.variant),
        finish_reason: text(&patch.finish_reason, |row| &row.finish_reason),
        usage: text(&patch.usage, |row| &row.usage),
        pattern_hash: 0,
        trust: new.trust,
        source: kept.map_or(new.source.as_str(), |row| &row.source).to_owned(),
        created_at: current.map_or(new.created_at, |row| row.created_at),
        received_at: new.received_at,
        seq: current.map_or(Seq(0), |row| row.seq),
    };
    row.pattern_hash = pattern::hash(
        row.user_message.as_deref(),
        row.assistant_response.as_deref(),
        row.action_type.as_deref(),
    );
    row
}

fn label<T>(patch: Patch<T>, text: fn(&T) -> &str) -> Patch<String> {
    match patch {
        Patch::Absent => Patch::Absent,
        Patch::Clear => Patch::Clear,
        Patch::Set(value) => Patch::Set(text(&value).to_owned()),
    }
}

fn write(db: &Connection, project: ProjectId, text: &str, row: &Response) -> Result<(), Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": row.message_id,
        ":conversation_id": row.conversation_id,
        ":user_message": row.user_message,
        ":assistant_response": row.assistant_response,
        ":messages": row.messages,
        ":tools": row.tools,
        ":action_type": row.action_type,
        ":action_data": row.action_data,
        ":model": row.model,
        ":prompt_version": row.prompt_version,
        ":experiment": row.experiment,
        ":variant": row.variant,
        ":finish_reason": row.finish_reason,
        ":usage": row.usage,
        ":pattern_hash": row.pattern_hash,
        ":trust": row.trust.as_str(),
        ":source": row.source,
        ":created_at": row.created_at.micros(),
        ":received_at": row.received_at.micros(),
    };
    sql::execute(db, text, params).map(drop)
}

/// Reads a row that has the columns of `responses`.
pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Response> {
    Ok(Response {
        id: row.get("id")?,
        message_id: row.get("message_id")?,
        conversation_id: row.get("conversation_id")?,
        user_message: row.get("user_message")?,
        assistant_response: row.get("assistant_response")?,
        messages: row.get("messages")?,
        tools: row.get("tools")?,
        action_type: row.get("action_type")?,
        action_data: row.get("action_data")?,
        model: row.get("model")?,
        prompt_version: row.get("prompt_version")?,
        experiment: row.get("experiment")?,
        variant: row.get("variant")?,
        finish_reason: row.get("finish_reason")?,
        usage: row.get("usage")?,
        pattern_hash: row.get("pattern_hash")?,
        trust: sql::word(row, "trust")?,
        source: row.get("source")?,
        created_at: sql::time(row, "created_at")?,
        received_at: sql::time(row, "received_at")?,
        seq: Seq(row.get("seq")?),
    })
}
