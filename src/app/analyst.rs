//! The server's side of the warehouse: asks the child, starts it when needed, ends it when it
//! hangs, and asks again when it dies. Nothing that happens to the child reaches the caller as
//! anything but an answer or an [`AnalystError`], and the vote path never comes here.

mod asking;
mod session;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::protocol::{Answer, AsOf, News, Question, ToChild};
use crate::store::DataFolder;
use asking::{Asking, Event};
use session::Session;

/// Questions that are answered at the same time.
const AT_ONCE: usize = 4;
/// How many of them may be SQL of users, so that the others always have room.
const SQL_AT_ONCE: u32 = 2;
/// Questions that may wait for their turn.
const WAITING_MAX: usize = 64;
/// How long a question waits for its turn.
const TURN_WAIT_MAX: Duration = Duration::from_secs(30);

/// How long a question waits for the end of a child that ran out of memory.
const WORN_WAIT: Duration = Duration::from_secs(2);

/// How much the child may use, and how long things may take.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Memory for DuckDB's data, in MiB.
    pub(crate) memory_mib: u64,
    /// A Parquet file that the child may read besides its own.
    pub(crate) allow_read: Option<PathBuf>,
    /// How long SQL of a user may run.
    pub(crate) sql: Duration,
    /// How long any other question may run.
    pub(crate) question: Duration,
    /// After this time without a question the child is ended.
    pub(crate) idle: Duration,
}

impl Limits {
    /// The usual limits, with these for SQL of users and for memory.
    pub(crate) fn new(sql_seconds: u64, memory_mib: u64) -> Self {
        Self {
            memory_mib,
            allow_read: None,
            sql: Duration::from_secs(sql_seconds),
            question: Duration::from_secs(60),
            idle: Duration::from_secs(300),
        }
    }
}

/// How the child is started.
#[derive(Debug, Clone)]
struct Program {
    /// This very program.
    path: PathBuf,
    folder: DataFolder,
    limits: Limits,
}

/// Why there is no answer; a variant for each status that the web answers with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AnalystError {
    /// The question is at fault (400); the text says why.
    #[error("{0}")]
    Sql(String),
    /// It ran too long (408).
    #[error("the query ran longer than {seconds} s and was stopped; ask for less at once")]
    TooLong {
        /// The limit.
        seconds: u64,
    },
    /// It needs too much memory (422); the text says so.
    #[error("{0}")]
    TooMuch(String),
    /// Too many questions are waiting (503).
    #[error("too many questions are waiting; try again in a few seconds")]
    Busy,
    /// The warehouse cannot answer now (503).
    #[error("the warehouse is unavailable ({0}); try again")]
    Down(String),
}

/// What happened to the children so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Children started.
    pub(crate) starts: AtomicU64,
    /// Children that died while questions were waiting.
    pub(crate) deaths: AtomicU64,
    /// Children that had to be killed because a question would not stop.
    pub(crate) kills: AtomicU64,
}

/// The handle through which everyone asks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Analyst(Arc<Inner>);

struct Inner {
    program: Program,
    /// The living child, if there is one.
    session: Mutex<Option<Arc<Session>>>,
    turns: Arc<Semaphore>,
    sql_turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    last_id: AtomicU64,
    counters: Arc<Counters>,
    stopping: AtomicBool,
}

/// The right to have a question answered now.
struct Turn {
    _any: OwnedSemaphorePermit,
    _sql: OwnedSemaphorePermit,
}

/// The rows of a result, chunk by chunk. Dropping it calls the question off.
pub(crate) struct Rows {
    columns: Vec<String>,
    asking: Asking,
    truncated: bool,
    ended: bool,
}

impl Rows {
    /// The names of the columns, each once.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Some more rows, their values in the order of the columns; none at the end.
    ///
    /// # Errors
    /// When the result breaks off.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<Value>>>, AnalystError> {
        while !self.ended {
            match self.asking.next().await? {
                Event::Rows(rows) => return Ok(Some(rows)),
                Event::Columns(_) => (),
                Event::Done(answer) => {
                    self.ended = true;
                    self.truncated = matches!(answer, Answer::Rows { truncated: true, .. });
                }
            }
        }
        Ok(None)
    }

    /// Whether there were more rows than the cap; known at the end.
    pub(crate) fn truncated(&self) -> bool {
        self.truncated
    }
}

impl Analyst {
    /// A handle; no child is started before the first question.
    pub(crate) fn new(folder: DataFolder, program: PathBuf, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            program: Program { path: program, folder, limits },
            session: Mutex::new(None),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            sql_turns: Arc::new(Semaphore::new(SQL_AT_ONCE as usize)),
            waiting: AtomicUsize::new(0),
            last_id: AtomicU64::new(0),
            counters: Arc::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Asks a question whose answer comes in one piece.
    ///
    /// # Errors
    /// See [`AnalystError`].
    pub(crate) async fn ask(
        &self,
        as_of: AsOf,
        question: Question,
    ) -> Result<Answer, AnalystError> {
        let mut asking = self.begin(as_of, question).await?;
        loop {
            if let Event::Done(answer) = asking.next().await? {
                return Ok(answer);
            }
        }
    }

    /// Runs one SELECT over the mirror of a project, for at most `row_cap` rows.
    ///
    /// # Errors
    /// See [`AnalystError`].
    pub(crate) async fn rows(
        &self,
        as_of: AsOf,
        sql: String,
        row_cap: Option<u64>,
    ) -> Result<Rows, AnalystError> {
        self.stream(as_of, Question::Query { sql, row_cap }).await
    }

    /// Reads the rows of a Parquet file: the one that the options allow.
    ///
    /// # Errors
    /// See [`AnalystError`].
    pub(crate) async fn read_parquet(&self, path: &Path) -> Result<Rows, AnalystError> {
        let path = path.canonicalize().map_err(|error| AnalystError::Sql(error.to_string()))?;
        self.stream(AsOf::NOTHING, Question::ReadParquet { path }).await
    }

    /// The process number of the living child.
    #[cfg(test)]
    pub(crate) async fn pid(&self) -> Option<u32> {
        let session = self.0.session.lock().await;
        session.as_ref().filter(|session| session.is_alive()).map(|session| session.pid())
    }

    /// What happened to the children so far.
    #[cfg(test)]
    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Ends the child, and refuses further questions.
    pub(crate) async fn shutdown(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        if let Some(session) = self.0.session.lock().await.take() {
            session.end().await;
        }
    }

    async fn stream(&self, as_of: AsOf, question: Question) -> Result<Rows, AnalystError> {
        let mut asking = self.begin(as_of, question).await?;
        match asking.next().await? {
            Event::Columns(columns) => Ok(Rows { columns, asking, truncated: false, ended: false }),
            Event::Rows(_) | Event::Done(_) => {
                Err(AnalystError::Down("a result without columns".to_owned()))
            }
        }
    }

    async fn begin(&self, as_of: AsOf, question: Question) -> Result<Asking, AnalystError> {
        let sql = u32::from(matches!(question, Question::Query { .. }));
        let turn = self.turn(sql).await?;
        Asking::begin(self.clone(), turn, as_of, question).await
    }

    /// Waits for a turn, and before it for so many of the places for SQL of users: none for other
    /// questions, all of them for SQL that is to run alone. Both are taken here and in this order:
    /// who kept one while it waits for the other could wait for somebody who waits for it.
    async fn turn(&self, sql: u32) -> Result<Turn, AnalystError> {
        let inner = &self.0;
        if inner.waiting.fetch_add(1, Ordering::SeqCst) >= WAITING_MAX {
            inner.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(AnalystError::Busy);
        }
        // However this ends, and if it is dropped half way: nobody waits any longer.
        let _waiting = Waiting(&inner.waiting);
        let turn = async {
            let sql = Arc::clone(&inner.sql_turns).acquire_many_owned(sql).await;
            let any = Arc::clone(&inner.turns).acquire_owned().await;
            let open = "the semaphores are never closed";
            Turn { _any: any.expect(open), _sql: sql.expect(open) }
        };
        tokio::time::timeout(TURN_WAIT_MAX, turn).await.map_err(|_| AnalystError::Busy)
    }

    fn next_id(&self) -> u64 {
        self.0.last_id.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn limit(&self, question: &Question) -> Duration {
        let limits = &self.0.program.limits;
        match question {
            Question::Query { .. } => limits.sql,
            _ => limits.question,
        }
    }

    /// A child that ran out of memory ends when nobody waits for it any longer. That is worth
    /// waiting for, but not for ever: it answers as well as it can.
    async fn let_worn_out_end(&self) {
        let session = self.0.session.lock().await.clone();
        if let Some(session) = session.filter(|session| session.is_worn()) {
            tokio::time::timeout(WORN_WAIT, session.ended()).await.ok();
        }
    }

    /// Sends a question to the living child, or to a new one.
    async fn send(
        &self,
        id: u64,
        frame: &ToChild,
    ) -> Result<(Arc<Session>, mpsc::UnboundedReceiver<News>), AnalystError> {
        let unavailable = |error: std::io::Error| AnalystError::Down(error.to_string());
        self.let_worn_out_end().await;
        let mut slot = self.0.session.lock().await;
        if self.0.stopping.load(Ordering::SeqCst) {
            return Err(AnalystError::Down("the server is stopping".to_owned()));
        }
        if let Some(session) = slot.as_ref()
            && let Some(news) = session.ask(id, frame).map_err(unavailable)?
        {
            return Ok((Arc::clone(session), news));
        }
        if let Some(session) = slot.as_ref() {
            // Two must not have the mirrors open.
            session.gone().await;
        }
        let session = Session::start(&self.0.program, Arc::clone(&self.0.counters));
        let session = session.await.map_err(unavailable)?;
        *slot = Some(Arc::clone(&session));
        match session.ask(id, frame).map_err(unavailable)? {
            Some(news) => Ok((session, news)),
            None => Err(AnalystError::Down("the warehouse ended at once".to_owned())),
        }
    }
}

/// One who waits for a turn.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
