//! The writing thread at work: take what waits, commit it as one group, answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Answer, Job, Verdict, log};
use crate::store::ballast::{BALLAST_BYTES, Ballast};
use crate::store::connection::OpenError;
use crate::store::health::{Health, Purpose};
use crate::store::{Error, sql};

/// Most jobs in one commit.
pub(super) const GROUP_JOBS_MAX: usize = 512;
/// After this long without work the write-ahead log is emptied.
const IDLE: Duration = Duration::from_secs(30);
/// How often a full disk is looked at again.
const DISK_FULL_PAUSE: Duration = Duration::from_secs(1);

/// Opens the database again.
type Reopen = Box<dyn Fn() -> Result<Connection, OpenError> + Send>;

/// What the thread has in front of it.
pub(super) struct Desk {
    connection: Option<Connection>,
    reopen: Reopen,
    ballast: Ballast,
    health: Arc<Health>,
    bytes_waiting: Arc<AtomicUsize>,
    /// Deleted text may still stand in the write-ahead log, because a reader held it.
    log_to_empty: bool,
}

impl Desk {
    /// A desk over an open database.
    pub(super) fn new(
        connection: Connection,
        reopen: Reopen,
        ballast: Ballast,
        health: Arc<Health>,
        bytes_waiting: Arc<AtomicUsize>,
    ) -> Self {
        let connection = Some(connection);
        Self { connection, reopen, ballast, health, bytes_waiting, log_to_empty: false }
    }

    /// Works until the queue is closed and empty.
    pub(super) fn work(&mut self, jobs: &Receiver<Job>) {
        loop {
            let soon = self.health.disk_full() || self.log_to_empty;
            match jobs.recv_timeout(if soon { DISK_FULL_PAUSE } else { IDLE }) {
                Ok(first) => {
                    let group = self.collect(first, jobs);
                    self.commit_group(group);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.look_for_room();
                    self.empty_log();
                    self.free_memory();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.empty_log();
    }

    fn collect(&self, first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
        let mut group = vec![first];
        loop {
            let before = group.len();
            group.extend(jobs.try_iter().take(GROUP_JOBS_MAX - before));
            // A lone write commits at once. Where several come, others may be about to hand in
            // theirs and only wait for this processor: each commit less is a sync less.
            if group.len() == before || group.len() == GROUP_JOBS_MAX {
                break;
            }
            std::thread::yield_now();
        }
        let bytes = group.iter().map(|job| job.bytes).sum();
        self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
        group
    }

    fn commit_group(&mut self, group: Vec<Job>) {
        self.look_for_room();
        let mut accepted = Vec::with_capacity(group.len());
        for job in group {
            match self.health.accepts(job.purpose) {
                Ok(()) => accepted.push(job),
                Err(error) => (job.refuse)(error),
            }
        }
        if accepted.is_empty() {
            return;
        }
        if let Err(error) = self.connect() {
            accepted.into_iter().for_each(|job| (job.refuse)(error.clone()));
            return;
        }
        let frees = accepted.iter().any(|job| job.purpose == Purpose::Maintenance);
        let connection = self.connection.as_mut().expect("connected above");
        let (answers, outcome) = run_group(connection, accepted);
        if let Err(error) = &outcome {
            self.give_up(error);
        } else if frees {
            // What was erased must not stand in the log when the answer says that it is gone.
            self.empty_log();
        }
        for answer in answers {
            answer(outcome.clone());
        }
        if let Some(connection) = self.connection.as_ref().filter(|_| outcome.is_ok() && !frees) {
            log::copy_back_if_long(connection);
        }
    }

    /// After a failed commit the connection's view of the file can no longer be trusted, and
    /// neither can what a new one would read from the system's cache: nothing of the group is
    /// acknowledged, and its callers try again.
    fn give_up(&mut self, error: &Error) {
        tracing::error!(%error, "a commit failed; reopening the database");
        self.connection = None;
        if matches!(error, Error::DiskFull) {
            self.ballast.release();
            self.health.set_disk_full(true);
            self.look_for_room();
        }
    }

    fn connect(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            let opened = (self.reopen)().map_err(|error| Error::Sqlite(error.to_string()))?;
            // The log may hold pages that a failed sync never brought to the disk. A later commit
            // behind them would be lost with them, so they go into the database first.
            if !log::empty(&opened) {
                let text = "the log of a failed commit could not be cleared away";
                return Err(Error::NotDurable(text.to_owned()));
            }
            self.connection = Some(opened);
        }
        Ok(())
    }

    /// There is room when the ballast can be held, or when the database has free pages inside.
    fn look_for_room(&mut self) {
        let room = self.ballast.keep()
            || self.connection.as_ref().is_some_and(|it| free_bytes(it) > 2 * BALLAST_BYTES);
        self.health.set_disk_full(!room);
    }

    /// Pages that nobody has asked for in a while need not stay in memory.
    fn free_memory(&self) {
        if let Some(connection) = &self.connection {
            // Without it the memory is only used for longer.
            let _ = connection.execute_batch("pragma shrink_memory");
        }
    }

    fn empty_log(&mut self) {
        self.log_to_empty = self.connection.as_ref().is_some_and(|it| !log::empty(it));
    }
}

/// Bytes of the database that deleted rows have left free.
fn free_bytes(connection: &Connection) -> u64 {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let pages = number("freelist_count").unwrap_or(0);
    let page_bytes = number("page_size").unwrap_or(0);
    u64::try_from(pages.saturating_mul(page_bytes)).unwrap_or(0)
}

/// Runs and commits a group. On failure nothing of it is stored, or nobody knows.
fn run_group(connection: &mut Connection, group: Vec<Job>) -> (Vec<Answer>, Result<(), Error>) {
    let mut answers = Vec::with_capacity(group.len());
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let error = Error::from(error);
            group.into_iter().for_each(|job| (job.refuse)(error.clone()));
            // A lock that another process holds says nothing against this connection.
            let harmless = matches!(error, Error::Busy);
            return (answers, if harmless { Ok(()) } else { Err(error) });
        }
    };
    let outcome = match <[Job; 1]>::try_from(group) {
        Ok([job]) => run_lone_job(tx, job, &mut answers),
        Err(group) => run_jobs(tx, group, &mut answers),
    };
    let outcome = outcome.map_err(|error| match error {
        Error::DiskFull | Error::Busy | Error::Damaged(_) => error,
        other => Error::NotDurable(other.to_string()),
    });
    (answers, outcome)
}

/// Runs and commits one job that has the transaction for itself: SQLite keeps a copy of every page
/// that changes behind a savepoint, and this one needs none.
fn run_lone_job(tx: Transaction<'_>, job: Job, answers: &mut Vec<Answer>) -> Result<(), Error> {
    let (verdict, answer) = (job.run)(&tx);
    answers.push(answer);
    match verdict {
        Verdict::Keep => Ok(tx.commit()?),
        Verdict::Discard => Ok(tx.rollback()?),
        Verdict::DiskFull => Err(Error::DiskFull),
    }
}

/// Runs jobs one after the other and commits them together. After a failure the transaction is
/// lost, and the rest of them is not even tried.
fn run_jobs(tx: Transaction<'_>, group: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), Error> {
    let mut jobs = group.into_iter();
    let failed = jobs.by_ref().find_map(|job| run_job(&tx, job, answers).err());
    let outcome = match failed {
        Some(error) => Err(error),
        None => tx.commit().map_err(Error::from),
    };
    if let Err(error) = &outcome {
        jobs.for_each(|job| (job.refuse)(error.clone()));
    }
    outcome
}

/// Runs one job in its savepoint and keeps its answer for later. An error means that the whole
/// transaction is lost.
fn run_job(tx: &Transaction<'_>, job: Job, answers: &mut Vec<Answer>) -> Result<(), Error> {
    if let Err(error) = sql::execute(tx, "savepoint job", &[]) {
        (job.refuse)(error.clone());
        return Err(error);
    }
    let (verdict, answer) = (job.run)(tx);
    answers.push(answer);
    match verdict {
        Verdict::Keep => sql::execute(tx, "release job", &[]).map(drop),
        Verdict::Discard => Ok(tx.execute_batch("rollback to job; release job")?),
        Verdict::DiskFull => Err(Error::DiskFull),
    }
}
