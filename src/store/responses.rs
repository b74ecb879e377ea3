//! Responses: what the AI answered. All text lives here, once per message.
//!
//! Who may change what: a secret key corrects anything; a signed token completes it. What a page
//! says with a publishable key stands only until somebody more trusted speaks, and then goes as a
//! whole: a row is public when pages alone have told it, and no other row holds a word of theirs.
//! Besides that, a row's trust is that of the least trusted whose words stand in it.

use rusqlite::{Connection, Row, named_params};

use super::change_log::{self, Table};
use super::sql::Columns;
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
        insert(db, project, new)?;
        return Ok(Recorded::Created);
    };
    if new.trust == Trust::Public && current.trust > Trust::Public {
        return Ok(Recorded::Unchanged);
    }
    let told_by_pages = current.trust == Trust::Public && new.trust > Trust::Public;
    let speaks = !new.patch.is_empty();
    let current = if told_by_pages && speaks { without_words(current) } else { current };
    let outranks = new.trust == Trust::Secret || new.trust > current.trust;
    let row = merged(&current, new, outranks && authority == Authority::ByTrust);
    if (Response { received_at: current.received_at, ..row.clone() }) == current {
        return Ok(Recorded::Unchanged);
    }
    update(db, project, &row)?;
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

/// Stores a response that nobody has spoken of before.
fn insert(db: &Connection, project: ProjectId, new: &NewResponse) -> Result<(), Error> {
    let patch = &new.patch;
    let action_type = patch.action_type.value().map(ActionType::as_str);
    let (prompt, answer) = (patch.user_message.value(), patch.assistant_response.value());
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":conversation_id": patch.conversation_id.value(),
        ":user_message": prompt,
        ":assistant_response": answer,
        ":messages": patch.messages.value(),
        ":tools": patch.tools.value(),
        ":action_type": action_type,
        ":action_data": patch.action_data.value().map(ActionData::as_str),
        ":model": patch.model.value(),
        ":prompt_version": patch.prompt_version.value(),
        ":experiment": patch.experiment.value(),
        ":variant": patch.variant.value(),
        ":finish_reason": patch.finish_reason.value(),
        ":usage": patch.usage.value(),
        ":pattern_hash": pattern::hash(
            prompt.map(String::as_str),
            answer.map(String::as_str),
            action_type,
        ),
        ":trust": new.trust.as_str(),
        ":source": new.source.as_str(),
        ":created_at": new.stated_at.unwrap_or(new.event_at).micros(),
        ":received_at": new.received_at.micros(),
    };
    sql::execute(db, INSERT, params)?;
    change_log::append(db, project, Table::Responses)
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

/// What is left of a response when nothing counts that was said of it.
fn without_words(row: Response) -> Response {
    Response {
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
        ..row
    }
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

fn update(db: &Connection, project: ProjectId, row: &Response) -> Result<(), Error> {
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
    sql::execute(db, UPDATE, params).map(drop)
}

/// Reads a row with the columns of `responses`, in the order of the fields of [`Response`].
pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Response> {
    let mut columns = Columns::of(row);
    Ok(Response {
        id: columns.get()?,
        message_id: columns.get()?,
        conversation_id: columns.get()?,
        user_message: columns.get()?,
        assistant_response: columns.get()?,
        messages: columns.get()?,
        tools: columns.get()?,
        action_type: columns.get()?,
        action_data: columns.get()?,
        model: columns.get()?,
        prompt_version: columns.get()?,
        experiment: columns.get()?,
        variant: columns.get()?,
        finish_reason: columns.get()?,
        usage: columns.get()?,
        pattern_hash: columns.get()?,
        trust: columns.word()?,
        source: columns.get()?,
        created_at: columns.time()?,
        received_at: columns.time()?,
        seq: Seq(columns.get()?),
    })
}
