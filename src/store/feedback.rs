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
const SKIP: &str = include_str!("sql/feedback/skip.sql");
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
    let limit_and_one = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let place: [(&str, &dyn ToSql); 4] = [
        (":project_id", &project.0),
        (":cursor_time", &before.created_at),
        (":cursor_id", &before.id),
        (":limit", &limit_and_one),
    ];
    let wanted = Wanted::of(filter);
    let (mut page, mut bytes) = (Page { rows: Vec::new(), more: false }, 0);
    sql::while_wanted(db, NEWEST, &[&place[..], &wanted.params()].concat(), |row| {
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

/// Shows the rows behind `after`, up to and with the one at `until`, oldest first, until `visit`
/// wants no more.
pub(crate) fn oldest(
    db: &Connection,
    project: ProjectId,
    filter: &Filter,
    (after, until): (Cursor, Cursor),
    mut visit: impl FnMut(Feedback) -> bool,
) -> Result<(), Error> {
    let range: [(&str, &dyn ToSql); 5] = [
        (":project_id", &project.0),
        (":cursor_time", &after.created_at),
        (":cursor_id", &after.id),
        (":until_time", &until.created_at),
        (":until_id", &until.id),
    ];
    let wanted = Wanted::of(filter);
    sql::while_wanted(db, OLDEST, &[&range[..], &wanted.params()].concat(), |row| {
        Ok(visit(from_row(row)?))
    })
}

/// The place of the row `rows` (1 or more) behind another; `None` where there are fewer.
pub(crate) fn skip(
    db: &Connection,
    project: ProjectId,
    from: Cursor,
    rows: usize,
) -> Result<Option<Cursor>, Error> {
    let params = named_params! {
        ":project_id": project.0,
        ":cursor_time": from.created_at,
        ":cursor_id": from.id,
        ":rows": i64::try_from(rows).unwrap_or(i64::MAX),
    };
    sql::first(db, SKIP, params, |row| Ok(Cursor { created_at: row.get(0)?, id: row.get(1)? }))
}

/// A filter in the form in which SQLite takes it.
struct Wanted<'f> {
    since: Option<i64>,
    until: Option<i64>,
    feedback: Option<&'static str>,
    trust: Option<&'static str>,
    filter: &'f Filter,
}

impl<'f> Wanted<'f> {
    fn of(filter: &'f Filter) -> Self {
        Self {
            since: filter.since.map(Timestamp::micros),
            until: filter.until.map(Timestamp::micros),
            feedback: filter.feedback.map(|thumb| thumb.as_str()),
            trust: filter.trust.map(|trust| trust.as_str()),
            filter,
        }
    }

    fn params(&self) -> [(&str, &dyn ToSql); 9] {
        [
            (":since", &self.since),
            (":until", &self.until),
            (":action_type", &self.filter.action_type),
            (":feedback", &self.feedback),
            (":model", &self.filter.model),
            (":prompt_version", &self.filter.prompt_version),
            (":variant", &self.filter.variant),
            (":trust", &self.trust),
            (":q", &self.filter.q),
        ]
    }
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
