//! One project's mirror: an open file, its one writer and any number of readers.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duckdb::{Connection, InterruptHandle, Row, ToSql, named_params};

use super::connection::{self, Limits, Reach};
use super::folder::MirrorFolder;
use super::{Error, rows};
use crate::model::ids::{ProjectId, Seq};
use crate::model::record::{Feedback, Response, Signal};
use crate::model::time::Timestamp;

const PREPARE_WRITER: &str = include_str!("sql/mirror/prepare_writer.sql");
const REMOVE_CHANGED: &str = include_str!("sql/mirror/remove_changed.sql");
const FORGET_CHANGED: &str = include_str!("sql/mirror/forget_changed.sql");
const MESSAGES_OF_CHANGED: &str = include_str!("sql/mirror/messages_of_changed.sql");
const MESSAGES_OF_THUMBS: &str = include_str!("sql/mirror/messages_of_thumbs.sql");
const MARK_RATED: &str = include_str!("sql/mirror/mark_rated.sql");
const GET_META: &str = include_str!("sql/mirror/get_meta.sql");
const SET_SEQ: &str = include_str!("sql/mirror/set_seq.sql");
const LEAVE_OUT_PUBLIC: &str = include_str!("sql/mirror/leave_out_public.sql");
const WITNESSES: &str = include_str!("sql/mirror/witnesses.sql");
const PROBE: &str = include_str!("sql/mirror/probe.sql");

/// Number of the schema in `sql/mirror/create.sql`; a mirror with another one is built anew.
pub(super) const SCHEMA_NUMBER: i32 = 4;

/// The log is folded into the file after this much, so that opening has little to replay.
const CHECKPOINT_BYTES: usize = 1 << 20;

/// An open mirror.
pub(crate) struct Mirror {
    root: Mutex<Connection>,
    writer: Mutex<Writer>,
    source: String,
}

/// What came of opening a mirror.
pub(crate) enum Opening {
    /// It is a copy of this store, as far as its writer's watermark says.
    Ready(Box<Mirror>),
    /// There is none, or none that can be used; the reason is for the log.
    Unfit(String),
}

impl Mirror {
    /// Opens the mirror of a project if it is a sound copy of the store `source`. What is not
    /// sound is set aside.
    ///
    /// # Errors
    /// When a file cannot be moved, or another process has the mirror open.
    pub(crate) fn open(
        folder: &MirrorFolder,
        project: ProjectId,
        limits: Limits,
        source: &str,
    ) -> Result<Opening, Error> {
        if folder.sentinel(project).exists() {
            folder.quarantine(project)?;
            return Ok(Opening::Unfit("opening it never ended the last time".to_owned()));
        }
        if !folder.file(project).exists() {
            return Ok(Opening::Unfit("there is none yet".to_owned()));
        }
        if folder.wal_too_long(project) {
            folder.quarantine(project)?;
            return Ok(Opening::Unfit("its log is too long to be replayed".to_owned()));
        }
        folder.raise_sentinel(project)?;
        let opened = Self::open_unguarded(folder, project, limits, source);
        match opened {
            Ok(opening) => {
                folder.lower_sentinel(project)?;
                Ok(opening)
            }
            Err(Error::Doubtful(text)) if text.contains("Could not set lock") => {
                folder.lower_sentinel(project)?;
                Err(Error::InUse)
            }
            Err(error) => {
                folder.quarantine(project)?;
                Ok(Opening::Unfit(error.to_string()))
            }
        }
    }

    fn open_unguarded(
        folder: &MirrorFolder,
        project: ProjectId,
        limits: Limits,
        source: &str,
    ) -> Result<Opening, Error> {
        let root = connection::open(Some(&folder.file(project)), Reach::Nothing, limits)?;
        let version: String = root.query_row(PROBE, [], |row| row.get("version"))?;
        let meta = root.query_row(GET_META, [], |row| {
            Ok(Meta {
                schema_number: row.get("schema_number")?,
                duckdb_version: row.get("duckdb_version")?,
                source: row.get("source_uuid")?,
                seq: Seq(row.get("seq")?),
                as_made: row.get("as_made")?,
            })
        })?;
        if meta.schema_number != SCHEMA_NUMBER || meta.duckdb_version != version {
            return Ok(Opening::Unfit("another version made it".to_owned()));
        }
        if !meta.as_made {
            return Ok(Opening::Unfit("its tables are not as they were made".to_owned()));
        }
        if meta.source != source {
            return Ok(Opening::Unfit("it is a copy of another database".to_owned()));
        }
        let connection = connection::another(&root)?;
        connection.execute_batch(PREPARE_WRITER)?;
        let writer = Writer { connection, watermark: meta.seq, saved: meta.seq, log_bytes: 0 };
        Ok(Opening::Ready(Box::new(Self {
            root: Mutex::new(root),
            writer: Mutex::new(writer),
            source: meta.source,
        })))
    }

    /// The writer, when nobody else has it.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic rolled its transaction back; the watermark moves only after a commit.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new reader.
    ///
    /// # Errors
    /// When DuckDB has no room for it.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Reader { connection: connection::another(&root)? })
    }

    /// The identity of the store that this is a copy of.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

struct Meta {
    schema_number: i32,
    duckdb_version: String,
    source: String,
    seq: Seq,
    as_made: bool,
}

/// What changed in the store, and how the rows look now.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Row numbers of the thumbs that changed or went.
    pub(crate) thumbs: Vec<i64>,
    /// Row numbers of the responses that changed or went.
    pub(crate) responses: Vec<i64>,
    /// Row numbers of the signals that changed or went.
    pub(crate) signals: Vec<i64>,
    /// The messages that those responses are about; see [`Writer::messages_of`].
    pub(crate) messages: Vec<String>,
    /// All feedback with those thumbs or on those messages.
    pub(crate) feedback_now: Vec<Feedback>,
    /// Those of the responses that exist.
    pub(crate) responses_now: Vec<Response>,
    /// The responses that were changed or whose feedback was, and whether there is feedback.
    pub(crate) rated: Vec<(i64, bool)>,
    /// Those of the signals that exist.
    pub(crate) signals_now: Vec<Signal>,
}

/// What tells a row of one history of the store from that of another: its table, its number, the
/// change that it stems from and when that was received.
type Witness = (String, i64, i64, i64);

/// The one connection that changes a mirror.
pub(crate) struct Writer {
    connection: Connection,
    watermark: Seq,
    saved: Seq,
    log_bytes: usize,
}

impl Writer {
    /// The position in the change log up to which the mirror is a copy.
    pub(crate) fn watermark(&self) -> Seq {
        self.watermark
    }

    /// The messages that responses are about, as far as the mirror knows them.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn messages_of(&self, responses: &[i64]) -> Result<Vec<String>, Error> {
        self.connection.execute_batch(FORGET_CHANGED)?;
        rows::append_single(&self.connection, "changed_responses", responses)?;
        let mut statement = self.connection.prepare(MESSAGES_OF_CHANGED)?;
        let list = statement.query_map([], |row| row.get("message_id"))?;
        Ok(list.collect::<duckdb::Result<_>>()?)
    }

    /// The messages that thumbs are on, as far as the mirror knows them.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn messages_of_thumbs(&self, thumbs: &[i64]) -> Result<Vec<String>, Error> {
        self.connection.execute_batch(FORGET_CHANGED)?;
        rows::append_single(&self.connection, "changed_thumbs", thumbs)?;
        let mut statement = self.connection.prepare(MESSAGES_OF_THUMBS)?;
        let list = statement.query_map([], |row| row.get("message_id"))?;
        Ok(list.collect::<duckdb::Result<_>>()?)
    }

    /// Whether the mirror holds these rows, each as of the same change and received at the same
    /// moment. Another history of the store may have a row of the same number, and a change of
    /// the same position, but hardly in the same microsecond.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn holds(&self, rows: &Batch) -> Result<bool, Error> {
        let witness = |table: &str, id: i64, seq: Seq, at: Timestamp| -> Witness {
            (table.to_owned(), id, seq.0, at.micros())
        };
        let thumbs = rows.feedback_now.iter();
        let thumbs = thumbs.map(|row| witness("thumbs", row.id, row.seq, row.received_at));
        let responses = rows.responses_now.iter();
        let responses = responses.map(|row| witness("responses", row.id, row.seq, row.received_at));
        let signals = rows.signals_now.iter();
        let signals = signals.map(|row| witness("signals", row.id, row.seq, row.received_at));
        self.connection.execute_batch(FORGET_CHANGED)?;
        rows::append_single(&self.connection, "changed_thumbs", &rows.thumbs)?;
        rows::append_single(&self.connection, "changed_responses", &rows.responses)?;
        rows::append_single(&self.connection, "changed_signals", &rows.signals)?;
        let mut statement = self.connection.prepare(WITNESSES)?;
        let held = statement.query_map([], |row| {
            Ok((row.get("table_name")?, row.get("id")?, row.get("seq")?, row.get("received_us")?))
        })?;
        let held: HashSet<Witness> = held.collect::<duckdb::Result<_>>()?;
        Ok(thumbs.chain(responses).chain(signals).all(|row| held.contains(&row)))
    }

    /// Replaces what a batch changed and moves the watermark to `seq`, all or nothing.
    ///
    /// # Errors
    /// When DuckDB fails; then the mirror is as it was.
    pub(crate) fn apply(&mut self, batch: &Batch, seq: Seq) -> Result<(), Error> {
        let transaction = self.connection.unchecked_transaction()?;
        transaction.execute_batch(FORGET_CHANGED)?;
        rows::append_single(&transaction, "changed_thumbs", &batch.thumbs)?;
        rows::append_single(&transaction, "changed_responses", &batch.responses)?;
        rows::append_single(&transaction, "changed_signals", &batch.signals)?;
        rows::append_single(&transaction, "changed_messages", &batch.messages)?;
        transaction.execute_batch(REMOVE_CHANGED)?;
        rows::append_feedback(&transaction, &batch.feedback_now)?;
        // Marked below.
        let responses = batch.responses_now.iter().map(|row| (row.clone(), false));
        rows::append_responses(&transaction, responses)?;
        rows::append_rated(&transaction, &batch.rated)?;
        transaction.execute_batch(MARK_RATED)?;
        rows::append_signals(&transaction, &batch.signals_now)?;
        transaction.execute(SET_SEQ, named_params! { "seq": seq.0 })?;
        transaction.commit()?;
        (self.watermark, self.saved) = (seq, seq);
        self.log_bytes += size_of_batch(batch);
        if self.log_bytes >= CHECKPOINT_BYTES {
            self.checkpoint();
        }
        Ok(())
    }

    /// Notes that nothing of this project changed up to `seq`. Saved now and then, because the
    /// store may forget changes that every mirror has seen.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn skip_to(&mut self, seq: Seq) -> Result<(), Error> {
        const UNSAVED_MAX: i64 = 1000;
        if seq.0 - self.saved.0 > UNSAVED_MAX {
            self.connection.execute(SET_SEQ, named_params! { "seq": seq.0 })?;
            self.saved = seq;
        }
        self.watermark = seq;
        Ok(())
    }

    /// Folds the log into the file. It may be refused while others read, and is tried again
    /// after the next batch.
    fn checkpoint(&mut self) {
        match self.connection.execute_batch("checkpoint") {
            Ok(()) => self.log_bytes = 0,
            Err(error) => tracing::debug!(%error, "the mirror could not be checkpointed yet"),
        }
    }
}

/// About how many bytes of log a batch makes.
fn size_of_batch(batch: &Batch) -> usize {
    const ROW_BYTES: usize = 256;
    let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let feedback: usize = batch
        .feedback_now
        .iter()
        .map(|row| len(&row.user_message) + len(&row.assistant_response) + len(&row.messages))
        .sum();
    let responses: usize = batch
        .responses_now
        .iter()
        .map(|row| len(&row.user_message) + len(&row.assistant_response) + len(&row.messages))
        .sum();
    let rows = batch.thumbs.len() + batch.responses.len() + batch.signals.len();
    feedback + responses + (rows + batch.feedback_now.len()) * ROW_BYTES
}

/// One question's own connection.
pub(crate) struct Reader {
    pub(super) connection: Connection,
}

/// Calls a running question off, from another thread.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<InterruptHandle>);

impl Interrupt {
    /// Asks DuckDB to stop; most queries do at once, a few never look.
    pub(crate) fn stop(&self) {
        self.0.interrupt();
    }
}

impl Reader {
    /// What calls this reader's question off.
    pub(crate) fn interrupt(&self) -> Interrupt {
        Interrupt(self.connection.interrupt_handle())
    }

    /// From now on every query sees the tables without what came with publishable keys.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn leave_out_public(&self) -> Result<(), Error> {
        let database = "select current_database()";
        let name: String = self.connection.query_row(database, [], |row| row.get(0))?;
        let text = LEAVE_OUT_PUBLIC.replace("mirror.main", &format!("\"{name}\".main"));
        Ok(self.connection.execute_batch(&text)?)
    }

    /// From now on every query sees the rows as they are at the first one, so that the parts of
    /// an answer fit together. Ends with the reader.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn hold_still(&self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("begin transaction read only")?)
    }

    /// Runs a fixed query with exactly the parameters it names; every row in a list.
    pub(super) fn all<T>(
        &self,
        text: &str,
        params: &[(&str, &dyn ToSql)],
        mut map: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.connection.prepare(text)?;
        let mut rows = statement.query(params)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(map(row)?);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests;
