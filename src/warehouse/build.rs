//! A mirror from nothing.

use duckdb::{Connection, named_params};

use super::connection::{self, Limits, Reach};
use super::folder::MirrorFolder;
use super::mirror::SCHEMA_NUMBER;
use super::{Error, rows};
use crate::model::ids::{ProjectId, Seq};
use crate::model::record::{Feedback, Response, Signal};

pub(super) const CREATE: &str = include_str!("sql/mirror/create.sql");
const PUT_META: &str = include_str!("sql/mirror/put_meta.sql");

/// Rows that are held before they are appended together.
const CHUNK_ROWS: usize = 5_000;

/// A mirror on its way: a file that nobody reads until it is complete.
pub(crate) struct Builder<'a> {
    folder: &'a MirrorFolder,
    project: ProjectId,
    connection: Connection,
    feedback: Vec<Feedback>,
    responses: Vec<(Response, bool)>,
    signals: Vec<Signal>,
}

impl<'a> Builder<'a> {
    /// An empty mirror beside the old one.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn start(
        folder: &'a MirrorFolder,
        project: ProjectId,
        limits: Limits,
    ) -> Result<Self, Error> {
        folder.remove_unfinished(project)?;
        let path = folder.unfinished(project);
        let connection = connection::open(Some(&path), Reach::Nothing, limits)?;
        connection.execute_batch(CREATE)?;
        Ok(Self {
            folder,
            project,
            connection,
            feedback: Vec::new(),
            responses: Vec::new(),
            signals: Vec::new(),
        })
    }

    /// Adds a feedback.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn feedback(&mut self, row: Feedback) -> Result<(), Error> {
        self.feedback.push(row);
        if self.feedback.len() < CHUNK_ROWS {
            return Ok(());
        }
        rows::append_feedback(&self.connection, &std::mem::take(&mut self.feedback))
    }

    /// Adds a response, and whether there is feedback on it.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn response(&mut self, row: Response, rated: bool) -> Result<(), Error> {
        self.responses.push((row, rated));
        if self.responses.len() < CHUNK_ROWS {
            return Ok(());
        }
        rows::append_responses(&self.connection, std::mem::take(&mut self.responses))
    }

    /// Adds a signal.
    ///
    /// # Errors
    /// When DuckDB fails.
    pub(crate) fn signal(&mut self, row: Signal) -> Result<(), Error> {
        self.signals.push(row);
        if self.signals.len() < CHUNK_ROWS {
            return Ok(());
        }
        rows::append_signals(&self.connection, &std::mem::take(&mut self.signals))
    }

    /// Declares the mirror a copy of the store `source` up to `seq`, and puts it in the place of
    /// the old one, which must not be open.
    ///
    /// # Errors
    /// When DuckDB fails or the file cannot be moved.
    pub(crate) fn finish(self, source: &str, seq: Seq) -> Result<(), Error> {
        rows::append_feedback(&self.connection, &self.feedback)?;
        rows::append_responses(&self.connection, self.responses)?;
        rows::append_signals(&self.connection, &self.signals)?;
        self.connection.execute(
            PUT_META,
            named_params! {
                "schema_number": SCHEMA_NUMBER,
                "source_uuid": source,
                "seq": seq.0,
            },
        )?;
        self.connection.execute_batch("checkpoint")?;
        self.connection.close().map_err(|(_, error)| error)?;
        self.folder.finish(self.project)
    }
}
