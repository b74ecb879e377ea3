//! Rows on their way between the vocabulary and DuckDB.

use duckdb::types::{TimeUnit, ToSqlOutput, Value};
use duckdb::{Connection, Row, ToSql};

use super::Error;
use crate::model::Invalid;
use crate::model::ids::Seq;
use crate::model::record::{Feedback, Response, Signal};
use crate::model::time::Timestamp;

/// A time as DuckDB takes it: a TIMESTAMP without zone, in UTC.
pub(super) struct At(pub(super) Timestamp);

impl ToSql for At {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(Value::Timestamp(TimeUnit::Microsecond, self.0.micros())))
    }
}

/// Appends to the table `feedback`. Columns as in `sql/mirror/create.sql`.
pub(super) fn append_feedback(db: &Connection, rows: &[Feedback]) -> Result<(), Error> {
    let mut appender = db.appender("feedback")?;
    for row in rows {
        let columns: &[&dyn ToSql] = &[
            &row.id,
            &row.user_id,
            &row.message_id,
            &row.conversation_id,
            &row.feedback.as_str(),
            &row.user_message,
            &row.assistant_response,
            &row.messages,
            &row.tools,
            &row.action_type,
            &row.action_data,
            &row.reasons,
            &row.comment,
            &row.correction,
            &row.model,
            &row.prompt_version,
            &row.experiment,
            &row.variant,
            &row.finish_reason,
            &row.usage,
            &row.pattern_hash,
            &row.trust.as_str(),
            &row.source,
            &row.client_ts.map(At),
            &At(row.created_at),
            &At(row.updated_at),
            &At(row.received_at),
            &row.seq.0,
        ];
        appender.append_row(columns)?;
    }
    Ok(appender.flush()?)
}

/// Appends to the table `responses`. Columns as in `sql/mirror/create.sql`; with each row goes
/// whether there is feedback on it.
pub(super) fn append_responses(
    db: &Connection,
    rows: impl IntoIterator<Item = (Response, bool)>,
) -> Result<(), Error> {
    let mut appender = db.appender("responses")?;
    for (row, rated) in rows {
        let columns: &[&dyn ToSql] = &[
            &row.id,
            &row.message_id,
            &row.conversation_id,
            &row.user_message,
            &row.assistant_response,
            &row.messages,
            &row.tools,
            &row.action_type,
            &row.action_data,
            &row.model,
            &row.prompt_version,
            &row.experiment,
            &row.variant,
            &row.finish_reason,
            &row.usage,
            &row.pattern_hash,
            &row.trust.as_str(),
            &row.source,
            &At(row.created_at),
            &At(row.received_at),
            &row.seq.0,
            &rated,
        ];
        appender.append_row(columns)?;
    }
    Ok(appender.flush()?)
}

/// Appends to the table `signals`. Columns as in `sql/mirror/create.sql`.
pub(super) fn append_signals(db: &Connection, rows: &[Signal]) -> Result<(), Error> {
    let mut appender = db.appender("signals")?;
    for row in rows {
        let columns: &[&dyn ToSql] = &[
            &row.id,
            &row.message_id,
            &row.user_id,
            &row.kind,
            &row.value,
            &row.trust.as_str(),
            &row.client_ts.map(At),
            &At(row.created_at),
            &At(row.received_at),
            &row.seq.0,
        ];
        appender.append_row(columns)?;
    }
    Ok(appender.flush()?)
}

/// Appends to the table `changed_rated`.
pub(super) fn append_rated(db: &Connection, rows: &[(i64, bool)]) -> Result<(), Error> {
    let mut appender = db.appender("changed_rated")?;
    for (id, rated) in rows {
        let columns: &[&dyn ToSql] = &[id, rated];
        appender.append_row(columns)?;
    }
    Ok(appender.flush()?)
}

/// Appends to a table of one column.
pub(super) fn append_single<T: ToSql>(
    db: &Connection,
    table: &str,
    values: &[T],
) -> Result<(), Error> {
    let mut appender = db.appender(table)?;
    for value in values {
        let columns: &[&dyn ToSql] = &[value];
        appender.append_row(columns)?;
    }
    Ok(appender.flush()?)
}

/// Reads a row of the table `feedback` back.
pub(super) fn feedback(row: &Row<'_>) -> Result<Feedback, Error> {
    Ok(Feedback {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        message_id: row.get("message_id")?,
        conversation_id: row.get("conversation_id")?,
        feedback: row.get::<_, String>("feedback")?.parse().map_err(doubtful)?,
        user_message: row.get("user_message")?,
        assistant_response: row.get("assistant_response")?,
        messages: row.get("messages")?,
        tools: row.get("tools")?,
        action_type: row.get("action_type")?,
        action_data: row.get("action_data")?,
        reasons: row.get("reasons")?,
        comment: row.get("comment")?,
        correction: row.get("correction")?,
        model: row.get("model")?,
        prompt_version: row.get("prompt_version")?,
        experiment: row.get("experiment")?,
        variant: row.get("variant")?,
        finish_reason: row.get("finish_reason")?,
        usage: row.get("usage")?,
        pattern_hash: row.get("pattern_hash")?,
        trust: row.get::<_, String>("trust")?.parse().map_err(doubtful)?,
        source: row.get("source")?,
        client_ts: row.get::<_, Option<i64>>("client_ts")?.map(time).transpose()?,
        created_at: time(row.get("created_at")?)?,
        updated_at: time(row.get("updated_at")?)?,
        received_at: time(row.get("received_at")?)?,
        seq: Seq(row.get("seq")?),
    })
}

/// Microseconds from a mirror; nothing but our own times ever went in.
pub(super) fn time(us: i64) -> Result<Timestamp, Error> {
    Timestamp::from_micros(us).map_err(doubtful)
}

fn doubtful(invalid: Invalid) -> Error {
    Error::Doubtful(invalid.to_string())
}
