//! Signals: implicit acts on an answer, a series of their own.

use rusqlite::{Connection, named_params};

use super::change_log::{self, Table};
use super::{Error, sql, subjects};
use crate::model::ids::ProjectId;
use crate::model::signal::NewSignal;
use crate::model::time::{DAY_US, Timestamp};

const INSERT: &str = include_str!("sql/signals/insert.sql");

/// Stores a signal, unless its subject has opted out. Returns whether it was stored.
pub(crate) fn record(db: &Connection, project: ProjectId, new: &NewSignal) -> Result<bool, Error> {
    if subjects::opted_out(db, project, &new.subject)? {
        return Ok(false);
    }
    let earliest = new.received_at.shifted(-7 * DAY_US);
    let latest = new.received_at.shifted(DAY_US);
    let created_at = new.client_ts.map_or(new.received_at, |ts| ts.clamp(earliest, latest));
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": new.message_id.as_str(),
        ":user_id": new.subject.as_str(),
        ":kind": new.kind.as_str(),
        ":value": new.value,
        ":trust": new.trust.as_str(),
        ":client_ts": new.client_ts.map(Timestamp::micros),
        ":created_at": created_at.micros(),
        ":received_at": new.received_at.micros(),
    };
    sql::execute(db, INSERT, params)?;
    change_log::append(db, project, Table::Signals)?;
    Ok(true)
}
