//! Feedback: current thumbs read together with their responses (the view `feedback`).

use rusqlite::{Connection, Row, ToSql, named_params};

use super::sql::Columns;
use super::{Error, sql};
use crate::model::filter::Filter;
use crate::model::ids::{MessageId, ProjectId, Seq, Subject};
use crate::model::record::Feedback;
use crate::model::time::Timestamp;

const BY_KEY: &str = include_str!("sql/feedback/by_key.sql");
const NEWEST: &str = include_str!("sql/feedback/newest.sql");
const OLDEST: &str = include_str!("sql/feedback/oldest.sql");
const MINE: &str = include_str!("sql/feedback/mine.sql");

/// A place in the order of event time; rows of the same time are told apart by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Event time of the row before, in µs.
    pub(crate) created_at: i64,
    /// Number of that row.
    pub(crate) id: i64,
}

impl Cursor {
    /// Before everything.
    pub(crate) const START: Self = Self { created_at: i64::MIN, id: i64::MIN };
    /// After everything.
    pub(crate) const END: Self = Self { created_at: i64::MAX, id: i64::MAX };

    /// The place of a row.
    pub(crate) fn at(row: &Feedback) -> Self {
        Self { created_at: row.created_at.micros(), id: row.id }
    }
}

/// One subject's feedback on one response, if there is any.
pub(crate) fn by_key(
    db: &Connection,
    project: ProjectId,
    message_id: &str,
    subject: &Subject,
) -> Result<Option<Feedback>, Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":message_id": message_id,
        ":user_id": subject.as_str(),
    };
    sql::first(db, BY_KEY, params, from_row)
}

/// Some rows in order, and whether there are more behind them.
#[derive(Debug)]
pub(crate) struct Page {
    /// The rows; at least one where there is any.
    pub(crate) rows: Vec<Feedback>,
    /// Whether there are more.
    pub(crate) more: bool,
}

/// Bytes of text after which a page ends, however few its rows: long conversations must not fill
/// the memory.
const PAGE_BYTES: usize = 4 << 20;

/// Up to `limit` rows older than `before`, newest first.
pub(crate) fn newest(
    db: &Connection,
    project: ProjectId,
    filter: &Filter,
    before: Cursor,
    limit: usize,
) -> Result<Page, Error> {
    page(db, NEWEST, project, filter, (before, limit))
}

/// Up to `limit` rows newer than `after`, oldest first.
pub(crate) fn oldest(
    db: &Connection,
    project: ProjectId,
    filter: &Filter,
    after: Cursor,
    limit: usize,
) -> Result<Page, Error> {
    page(db, OLDEST, project, filter, (after, limit))
}

fn page(
    db: &Connection,
    text: &'static str,
    project: ProjectId,
    filter: &Filter,
    (cursor, limit): (Cursor, usize),
) -> Result<Page, Error> {
    let params: [(&str, &dyn ToSql); 13] = [
        (":project_id", &project.0),
        (":cursor_time", &cursor.created_at),
        (":cursor_id", &cursor.id),
        (":limit", &i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)),
        (":since", &filter.since.map(Timestamp::micros)),
        (":until", &filter.until.map(Timestamp::micros)),
        (":action_type", &filter.action_type),
        (":feedback", &filter.feedback.map(|thumb| thumb.as_str())),
        (":model", &filter.model),
        (":prompt_version", &filter.prompt_version),
        (":variant", &filter.variant),
        (":trust", &filter.trust.map(|trust| trust.as_str())),
        (":q", &filter.q),
    ];
    let (mut page, mut bytes) = (Page { rows: Vec::new(), more: false }, 0);
    sql::while_wanted(db, text, &params, |row| {
        if page.rows.len() == limit || bytes >= PAGE_BYTES {
            page.more = true;
            return Ok(false);
        }
        let row = from_row(row)?;
        let texts = [&row.user_message, &row.assistant_response, &row.messages, &row.correction];
        bytes += texts.into_iter().flatten().map(String::len).sum::<usize>();
        page.rows.push(row);
        Ok(true)
    })?;
    Ok(page)
}

/// One subject's feedback on each of the given messages.
pub(crate) fn mine(
    db: &Connection,
    project: ProjectId,
    subject: &Subject,
    messages: &[MessageId],
) -> Result<Vec<Feedback>, Error> {
    let ids = serde_json::to_string(messages).expect("text serializes");
    let params = named_params! {
        ":project_id": project.0,
        ":user_id": subject.as_str(),
        ":message_ids": ids,
    };
    sql::all(db, MINE, params, from_row)
}

/// Reads a row with the columns of the view `feedback`, in the order of the fields of [`Feedback`].
pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Feedback> {
    let mut columns = Columns::of(row);
    Ok(Feedback {
        id: columns.get()?,
        user_id: columns.get()?,
        message_id: columns.get()?,
        conversation_id: columns.get()?,
        feedback: columns.word()?,
        user_message: columns.get()?,
        assistant_response: columns.get()?,
        messages: columns.get()?,
        tools: columns.get()?,
        action_type: columns.get()?,
        action_data: columns.get()?,
        reasons: columns.get()?,
        comment: columns.get()?,
        correction: columns.get()?,
        model: columns.get()?,
        prompt_version: columns.get()?,
        experiment: columns.get()?,
        variant: columns.get()?,
        finish_reason: columns.get()?,
        usage: columns.get()?,
        pattern_hash: columns.get()?,
        trust: columns.word()?,
        source: columns.get()?,
        client_ts: columns.maybe_time()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        received_at: columns.time()?,
        seq: Seq(columns.get()?),
    })
}
