//! The change log: what the mirror follows, in the order of commits, and the rows that the changes
//! left. Triggers fill it.

use std::ops::ControlFlow;
use std::str::FromStr;

use rusqlite::{Connection, Row, named_params};

use super::{Error, feedback, responses, sql};
use crate::model::Invalid;
use crate::model::ids::{ProjectId, Seq};
use crate::model::record::{Feedback, Response, Signal};

const HEAD: &str = include_str!("sql/change_log/head.sql");
const BOUNDS: &str = include_str!("sql/change_log/bounds.sql");
const SINCE: &str = include_str!("sql/change_log/since.sql");
const LATEST: &str = include_str!("sql/change_log/latest.sql");
const FEEDBACK_CHANGED: &str = include_str!("sql/change_log/feedback_changed.sql");
const RESPONSES_CHANGED: &str = include_str!("sql/change_log/responses_changed.sql");
const SIGNALS_CHANGED: &str = include_str!("sql/change_log/signals_changed.sql");
const FEEDBACK_ALL: &str = include_str!("sql/change_log/feedback_all.sql");
const RATED: &str = include_str!("sql/change_log/rated.sql");
const RESPONSES_ALL: &str = include_str!("sql/change_log/responses_all.sql");
const ERASED: &str = include_str!("sql/change_log/erased.sql");
const SIGNALS_ALL: &str = include_str!("sql/change_log/signals_all.sql");
const TRIM: &str = include_str!("sql/change_log/trim.sql");

/// Changes that are kept for mirrors to catch up by; a mirror further behind is rebuilt.
const KEPT: i64 = 1_000_000;

/// Changes that are forgotten in one go: few enough that no vote waits long.
const SLICE: i64 = 50_000;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Its position.
    pub(crate) seq: Seq,
    /// The table it happened in.
    pub(crate) table: Table,
    /// The row it happened to.
    pub(crate) row_id: i64,
    /// Whether the mirror must forget what it ever had, not only delete it.
    pub(crate) erases: bool,
}

/// A table that the mirror copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// `responses`
    Responses,
    /// `thumbs`
    Thumbs,
    /// `signals`
    Signals,
}

impl FromStr for Table {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "responses" => Ok(Self::Responses),
            "thumbs" => Ok(Self::Thumbs),
            "signals" => Ok(Self::Signals),
            _ => Err(Invalid::new("table_name", "must be responses, thumbs or signals")),
        }
    }
}

/// What the log still holds, over all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The lowest position that is still there; one past the head when the log is empty.
    pub(crate) floor: Seq,
    /// The highest position ever given out.
    pub(crate) head: Seq,
}

/// The last change of one project; 0 when nothing ever changed. What a question passes on, so
/// that its answer counts everything acknowledged before it.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn head(db: &Connection, project: ProjectId) -> Result<Seq, Error> {
    let params = named_params! { ":project": project.0 };
    let seq = sql::one(db, HEAD, params, |row| row.get::<_, Option<i64>>("seq"))?;
    Ok(Seq(seq.unwrap_or(0)))
}

/// The ends of the log.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn bounds(db: &Connection) -> Result<Bounds, Error> {
    sql::one(db, BOUNDS, &[], |row| {
        let head: i64 = row.get("head")?;
        let floor: Option<i64> = row.get("floor")?;
        Ok(Bounds { floor: Seq(floor.unwrap_or(head + 1)), head: Seq(head) })
    })
}

/// At most `limit` changes of a project after a position, oldest first.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn since(
    db: &Connection,
    project: ProjectId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Change>, Error> {
    let params = named_params! {
        ":project": project.0,
        ":after": after.0,
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    sql::all(db, SINCE, params, change_from_row)
}

/// The last changes of a project up to a position, latest first, at most `limit`.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn latest(
    db: &Connection,
    project: ProjectId,
    until: Seq,
    limit: usize,
) -> Result<Vec<Change>, Error> {
    let params = named_params! {
        ":project": project.0,
        ":until": until.0,
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    sql::all(db, LATEST, params, change_from_row)
}

/// Whether anything of a project was ever erased, as far as the log goes back.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn erased(db: &Connection, project: ProjectId) -> Result<bool, Error> {
    sql::one(db, ERASED, named_params! { ":project": project.0 }, |row| row.get("erased"))
}

/// The current feedback with these thumbs or on these messages, each row once.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn feedback_changed(
    db: &Connection,
    project: ProjectId,
    thumbs: &[i64],
    messages: &[String],
) -> Result<Vec<Feedback>, Error> {
    let params = named_params! {
        ":project": project.0,
        ":ids": json(thumbs),
        ":messages": json(messages),
    };
    sql::all(db, FEEDBACK_CHANGED, params, feedback::from_row)
}

/// Those of these responses that exist.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn responses_changed(
    db: &Connection,
    project: ProjectId,
    ids: &[i64],
) -> Result<Vec<Response>, Error> {
    let params = named_params! { ":project": project.0, ":ids": json(ids) };
    sql::all(db, RESPONSES_CHANGED, params, responses::from_row)
}

/// The responses to these messages, as far as they are known: row number, and whether there is
/// a current thumb on it.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn rated(
    db: &Connection,
    project: ProjectId,
    messages: &[String],
) -> Result<Vec<(i64, bool)>, Error> {
    let params = named_params! { ":project": project.0, ":messages": json(messages) };
    sql::all(db, RATED, params, |row| Ok((row.get("id")?, row.get("rated")?)))
}

/// Those of these signals that exist.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn signals_changed(
    db: &Connection,
    project: ProjectId,
    ids: &[i64],
) -> Result<Vec<Signal>, Error> {
    let params = named_params! { ":project": project.0, ":ids": json(ids) };
    sql::all(db, SIGNALS_CHANGED, params, signal_from_row)
}

/// Shows every current feedback of a project to `visit`, in flat memory, until it breaks.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn each_feedback(
    db: &Connection,
    project: ProjectId,
    visit: &mut dyn FnMut(Feedback) -> ControlFlow<()>,
) -> Result<(), Error> {
    each(db, FEEDBACK_ALL, project, |row| Ok(visit(feedback::from_row(row)?)))
}

/// Shows every response of a project to `visit`, with whether there is a current thumb on it, in
/// flat memory, until it breaks.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn each_response(
    db: &Connection,
    project: ProjectId,
    visit: &mut dyn FnMut(Response, bool) -> ControlFlow<()>,
) -> Result<(), Error> {
    each(db, RESPONSES_ALL, project, |row| Ok(visit(responses::from_row(row)?, row.get("rated")?)))
}

/// Shows every signal of a project to `visit`, in flat memory, until it breaks.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn each_signal(
    db: &Connection,
    project: ProjectId,
    visit: &mut dyn FnMut(Signal) -> ControlFlow<()>,
) -> Result<(), Error> {
    each(db, SIGNALS_ALL, project, |row| Ok(visit(signal_from_row(row)?)))
}

fn each(
    db: &Connection,
    text: &str,
    project: ProjectId,
    mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
) -> Result<(), Error> {
    let mut statement = db.prepare_cached(text)?;
    let mut rows = statement.query(named_params! { ":project": project.0 })?;
    while let Some(row) = rows.next()? {
        if visit(row)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A list as one parameter: `json_each` unfolds it again.
fn json<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("numbers and text always serialize")
}

fn change_from_row(row: &Row<'_>) -> rusqlite::Result<Change> {
    let table = sql::word(row, "table_name")?;
    let erases = row.get_ref("op")?.as_str()? == "erase";
    Ok(Change { seq: Seq(row.get("seq")?), table, row_id: row.get("row_id")?, erases })
}

fn signal_from_row(row: &Row<'_>) -> rusqlite::Result<Signal> {
    Ok(Signal {
        id: row.get("id")?,
        message_id: row.get("message_id")?,
        user_id: row.get("user_id")?,
        kind: row.get("kind")?,
        value: row.get("value")?,
        trust: sql::word(row, "trust")?,
        client_ts: sql::maybe_time(row, "client_ts")?,
        created_at: sql::time(row, "created_at")?,
        received_at: sql::time(row, "received_at")?,
        seq: Seq(row.get("seq")?),
    })
}

/// Forgets changes that only a mirror far behind could want.
pub(crate) fn trim(db: &Connection) -> Result<(), Error> {
    sql::execute(db, TRIM, named_params! { ":kept": KEPT, ":slice": SLICE }).map(drop)
}
