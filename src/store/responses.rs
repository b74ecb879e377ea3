//! Responses: what the AI answered. All text lives here, once per message.
//!
//! Who may change what: a secret key corrects anything; a signed token corrects what only pages
//! have said; a page completes what nobody has said, and changes nothing. A row's trust is that
//! of the least trusted whose words stand in it.

use rusqlite::{Connection, Row, named_params};

use super::{Error, sql};
use crate::model::action::{ActionData, ActionType};
use crate::model::ids::{ProjectId, Seq};
use crate::model::patch::Patch;
use crate::model::pattern;
use crate::model::record::Response;
use crate::model::response::NewResponse;
use crate::model::trust::Trust;

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

/// How much a write may do to a response that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authority {
    /// As much as its trust allows.
    ByTrust,
    /// Fill in what is missing: the write comes late, or came before.
    Complete,
}

/// Creates or updates a response.
pub(crate) fn record(
    db: &Connection,
    project: ProjectId,
    new: &NewResponse,
    authority: Authority,
) -> Result<Recorded, Error> {
    let Some(current) = by_message(db, project, new.message_id.as_str())? else {
        let row = merged(&Response { trust: new.trust, ..unknown(new) }, new, true);
        write(db, project, INSERT, &row)?;
        return Ok(Recorded::Created);
    };
    let outranks = new.trust == Trust::Secret || new.trust > current.trust;
    let row = merged(&current, new, outranks && authority == Authority::ByTrust);
    if (Response { received_at: current.received_at, ..row.clone() }) == current {
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

/// A response of which nothing has been said.
fn unknown(new: &NewResponse) -> Response {
    Response {
        id: 0,
        message_id: new.message_id.as_str().to_owned(),
        conversation_id: None,
        user_message: None,
        assistant_response: None,
        messages: None,
        tools: None,
        action_type: None,
        action_data: None,
        model: None,
        prompt_version: None,
        experiment: None,
        variant: None,
        finish_reason: None,
        usage: None,
        pattern_hash: 0,
        trust: new.trust,
        source: new.source.as_str().to_owned(),
        created_at: new.event_at,
        received_at: new.received_at,
        seq: Seq(0),
    }
}

/// The row after a write, which replaces what stands only where `corrects`.
fn merged(current: &Response, new: &NewResponse, corrects: bool) -> Response {
    let patch = new.patch.clone();
    let mut merge = Merge { corrects, touched: false, kept: false };
    let action_type = label(patch.action_type, |it: &ActionType| it.as_str());
    let action_data = label(patch.action_data, |it: &ActionData| it.as_str());
    let mut row = Response {
        conversation_id: merge.field(patch.conversation_id, &current.conversation_id),
        user_message: merge.field(patch.user_message, &current.user_message),
        assistant_response: merge.field(patch.assistant_response, &current.assistant_response),
        messages: merge.field(patch.messages, &current.messages),
        tools: merge.field(patch.tools, &current.tools),
        action_type: merge.field(action_type, &current.action_type),
        action_data: merge.field(action_data, &current.action_data),
        model: merge.field(patch.model, &current.model),
        prompt_version: merge.field(patch.prompt_version, &current.prompt_version),
        experiment: merge.field(patch.experiment, &current.experiment),
        variant: merge.field(patch.variant, &current.variant),
        finish_reason: merge.field(patch.finish_reason, &current.finish_reason),
        usage: merge.field(patch.usage, &current.usage),
        created_at: new.stated_at.filter(|_| corrects).unwrap_or(current.created_at),
        received_at: new.received_at,
        ..current.clone()
    };
    if merge.touched {
        row.trust = if merge.kept { current.trust.min(new.trust) } else { new.trust };
    }
    row.pattern_hash = pattern::hash(
        row.user_message.as_deref(),
        row.assistant_response.as_deref(),
        row.action_type.as_deref(),
    );
    row
}

/// How the fields of one write come together with what stands.
struct Merge {
    corrects: bool,
    /// The write set a field.
    touched: bool,
    /// A field that the write did not set still says something.
    kept: bool,
}

impl Merge {
    fn field(&mut self, patch: Patch<String>, current: &Option<String>) -> Option<String> {
        match patch {
            Patch::Set(value) if self.corrects || current.is_none() => {
                self.touched = true;
                Some(value)
            }
            Patch::Clear if self.corrects => None,
            _ => {
                self.kept |= current.is_some();
                current.clone()
            }
        }
    }
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
