//! The one thread that writes: group commit, and an answer only after the commit.
//!
//! Jobs wait in a bounded queue. The thread takes all that wait (up to a limit), runs each in its
//! own savepoint so that a bad one cannot hurt its neighbours, commits once, and only then
//! answers. It never waits for more work: a lone write commits at once, and under load the
//! groups grow by themselves while the disk works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::Error;
use super::ballast::Ballast;
use super::connection::OpenError;
use super::health::{Health, Purpose};

/// Most jobs that may wait.
pub(crate) const QUEUE_JOBS_MAX: usize = 8_192;
/// Most bytes of requests that may wait.
pub(crate) const QUEUE_BYTES_MAX: usize = 64 << 20;
/// Most jobs in one commit.
const GROUP_JOBS_MAX: usize = 512;
/// After this long without work the write-ahead log is emptied.
const IDLE: Duration = Duration::from_secs(30);
/// How often a full disk is looked at again.
const DISK_FULL_PAUSE: Duration = Duration::from_secs(1);
/// The write-ahead log is copied back into the database beyond this size, in bytes.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// Tells the waiting caller how the commit went.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// What becomes of a job's savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Discard,
    /// There was no room: the whole group is given up.
    DiskFull,
}

/// A job as the queue holds it.
type Run = Box<dyn FnOnce(&Transaction<'_>) -> (Verdict, Answer) + Send>;

struct Job {
    purpose: Purpose,
    bytes: usize,
    /// Runs inside the savepoint and says what becomes of it.
    run: Run,
    /// Answers when the job cannot even be tried.
    refuse: Box<dyn FnOnce(Error) + Send>,
}

/// The handle of the writing thread.
pub(crate) struct Writer {
    queue: Mutex<Option<SyncSender<Job>>>,
    bytes_waiting: Arc<AtomicUsize>,
    thread: Mutex<Option<JoinHandle<()>>>,
    health: Arc<Health>,
}

impl Writer {
    /// Starts the thread. `reopen` makes a new connection after one had to be given up.
    pub(crate) fn start(
        connection: Connection,
        reopen: impl Fn() -> Result<Connection, OpenError> + Send + 'static,
        ballast: Ballast,
        health: Arc<Health>,
    ) -> Self {
        let (queue, jobs) = sync_channel(QUEUE_JOBS_MAX);
        let bytes_waiting = Arc::new(AtomicUsize::new(0));
        let mut desk = Desk {
            connection: Some(connection),
            reopen: Box::new(reopen),
            ballast,
            health: Arc::clone(&health),
            bytes_waiting: Arc::clone(&bytes_waiting),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || desk.work(&jobs))
            .expect("the system can start one more thread");
        Self {
            queue: Mutex::new(Some(queue)),
            bytes_waiting,
            thread: Mutex::new(Some(thread)),
            health,
        }
    }

    /// Puts a job into the queue; the receiver gets its result after the commit.
    ///
    /// # Errors
    /// When the queue is full, the store is read-only or the writer has stopped. Never blocks.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        purpose: Purpose,
        bytes: usize,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Error>>, Error> {
        self.health.accepts(purpose)?;
        let queue = self.queue.lock().expect("no panic holds this lock").clone();
        let Some(queue) = queue else {
            return Err(Error::Stopping);
        };
        if self.bytes_waiting.fetch_add(bytes, Ordering::Relaxed) + bytes > QUEUE_BYTES_MAX {
            self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Error::QueueFull);
        }
        let (job, result) = package(purpose, bytes, job);
        match queue.try_send(job) {
            Ok(()) => Ok(result),
            Err(refused) => {
                self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
                Err(match refused {
                    TrySendError::Full(_) => Error::QueueFull,
                    TrySendError::Disconnected(_) => Error::Stopping,
                })
            }
        }
    }

    /// Finishes what waits, empties the write-ahead log and ends the thread.
    pub(crate) fn stop(&self) {
        drop(self.queue.lock().expect("no panic holds this lock").take());
        if let Some(thread) = self.thread.lock().expect("no panic holds this lock").take() {
            // A panic of the thread has been reported by its own hook.
            let _ = thread.join();
        }
    }
}

/// Wraps a typed job so that the queue can hold it.
fn package<T: Send + 'static>(
    purpose: Purpose,
    bytes: usize,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, Error>>) {
    let (reply, result) = oneshot::channel();
    let reply = Arc::new(Mutex::new(Some(reply)));
    let answer = move |reply: &Mutex<Option<oneshot::Sender<_>>>, value| {
        if let Some(reply) = reply.lock().expect("no panic holds this lock").take() {
            // The caller may have gone away; the write stands all the same.
            let _ = reply.send(value);
        }
    };
    let refused = Arc::clone(&reply);
    let run = move |tx: &Transaction<'_>| -> (Verdict, Answer) {
        let outcome = catch_unwind(AssertUnwindSafe(|| job(tx)))
            .unwrap_or_else(|_| Err(Error::Sqlite("a write panicked; see the log".to_owned())));
        let verdict = match &outcome {
            Ok(_) => Verdict::Keep,
            Err(Error::DiskFull) => Verdict::DiskFull,
            Err(_) => Verdict::Discard,
        };
        (verdict, Box::new(move |commit| answer(&reply, commit.and(outcome))))
    };
    let refuse = move |error| answer(&refused, Err(error));
    (Job { purpose, bytes, run: Box::new(run), refuse: Box::new(refuse) }, result)
}

/// What the thread has in front of it.
struct Desk {
    connection: Option<Connection>,
    reopen: Box<dyn Fn() -> Result<Connection, OpenError> + Send>,
    ballast: Ballast,
    health: Arc<Health>,
    bytes_waiting: Arc<AtomicUsize>,
}

/// The outcome of a group before anyone is told.
enum Committed {
    Yes,
    /// Nothing of the group is stored.
    No(Error),
}

impl Desk {
    fn work(&mut self, jobs: &Receiver<Job>) {
        loop {
            let patience = if self.health.disk_full() { DISK_FULL_PAUSE } else { IDLE };
            match jobs.recv_timeout(patience) {
                Ok(first) => {
                    let group = self.collect(first, jobs);
                    self.commit_group(group);
                    self.checkpoint_if_large();
                }
                Err(RecvTimeoutError::Timeout) => self.rest(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.truncate_log();
    }

    fn collect(&self, first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
        let mut group = vec![first];
        while group.len() < GROUP_JOBS_MAX {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let bytes = group.iter().map(|job| job.bytes).sum();
        self.bytes_waiting.fetch_sub(bytes, Ordering::Relaxed);
        group
    }

    fn commit_group(&mut self, group: Vec<Job>) {
        self.health.set_disk_full(!self.ballast.keep());
        let (group, refused): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|job| self.health.accepts(job.purpose).is_ok());
        for job in refused {
            (job.refuse)(Error::DiskFull);
        }
        if group.is_empty() {
            return;
        }
        if let Err(error) = self.connect() {
            group.into_iter().for_each(|job| (job.refuse)(error.clone()));
            return;
        }
        let connection = self.connection.as_mut().expect("connected above");
        let (answers, outcome) = run_group(connection, group);
        let outcome = match outcome {
            Ok(()) => Committed::Yes,
            Err((error, last_seq)) => self.settle(error, last_seq),
        };
        for answer in answers {
            answer(match &outcome {
                Committed::Yes => Ok(()),
                Committed::No(error) => Err(error.clone()),
            });
        }
    }

    /// After a failed commit: gives the connection up, since its view of the file can no longer
    /// be trusted, and asks a new one whether the group is there after all.
    fn settle(&mut self, error: Error, last_seq: Option<i64>) -> Committed {
        tracing::error!(%error, "a commit failed; reopening the database");
        self.connection = None;
        if matches!(error, Error::DiskFull) {
            self.ballast.release();
            self.health.set_disk_full(!self.ballast.keep());
        }
        let stored = match (self.connect(), last_seq) {
            (Ok(()), Some(seq)) => {
                let connection = self.connection.as_ref().expect("connected above");
                super::change_log::contains(connection, seq).unwrap_or(false)
            }
            _ => false,
        };
        if stored {
            return Committed::Yes;
        }
        Committed::No(match error {
            Error::DiskFull | Error::Busy => error,
            other => Error::NotDurable(other.to_string()),
        })
    }

    fn connect(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            let opened = (self.reopen)().map_err(|error| Error::Sqlite(error.to_string()))?;
            self.connection = Some(opened);
        }
        Ok(())
    }

    /// Nothing to do for a while: forget old replies, make the files small, look after the disk.
    fn rest(&mut self) {
        self.health.set_disk_full(!self.ballast.keep());
        if let Some(connection) = &self.connection
            && let Err(error) = super::change_log::trim(connection)
        {
            tracing::warn!(%error, "could not trim the change log");
        }
        self.truncate_log();
    }

    fn checkpoint_if_large(&self) {
        let Some(connection) = &self.connection else {
            return;
        };
        let Some(path) = connection.path() else {
            return;
        };
        let bytes = std::fs::metadata(format!("{path}-wal")).map_or(0, |file| file.len());
        let mode = match bytes {
            0..=CHECKPOINT_BYTES => return,
            bytes if bytes >= super::connection::WAL_BYTES_MAX.unsigned_abs() => "truncate",
            _ => "passive",
        };
        checkpoint(connection, mode);
    }

    fn truncate_log(&self) {
        if let Some(connection) = &self.connection {
            checkpoint(connection, "truncate");
        }
    }
}

/// Copies the write-ahead log back; readers may delay it, which is no error.
fn checkpoint(connection: &Connection, mode: &str) {
    let done = connection.query_row(&format!("pragma wal_checkpoint({mode})"), [], |_| Ok(()));
    if let Err(error) = done {
        tracing::warn!(%error, mode, "a checkpoint failed; the next one will try again");
    }
}

type GroupResult = Result<(), (Error, Option<i64>)>;

/// Runs and commits a group. On failure the error comes with the position of the group's last
/// change, by which a new connection can tell whether the commit went through.
fn run_group(connection: &mut Connection, group: Vec<Job>) -> (Vec<Answer>, GroupResult) {
    let mut answers = Vec::with_capacity(group.len());
    let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => {
            let error = Error::from(error);
            group.into_iter().for_each(|job| (job.refuse)(error.clone()));
            return (answers, Ok(()));
        }
    };
    let mut failed = None;
    for job in group {
        if failed.is_some() {
            // The transaction is lost; the job was not tried and is answered with its group.
            (job.refuse)(Error::NotDurable("an earlier write of the group failed".to_owned()));
            continue;
        }
        match run_job(&tx, job) {
            Ok(answer) => answers.push(answer),
            Err((answer, error)) => {
                answers.extend(answer);
                failed = Some(error);
            }
        }
    }
    let last_seq = super::change_log::last(&tx).ok();
    let outcome = match failed {
        Some(error) => Err((error, None)),
        None => tx.commit().map_err(|error| (Error::from(error), last_seq)),
    };
    (answers, outcome)
}

/// Runs one job in its savepoint. An error here means that the whole transaction is lost.
fn run_job(tx: &Transaction<'_>, job: Job) -> Result<Answer, (Option<Answer>, Error)> {
    if let Err(error) = tx.execute_batch("savepoint job") {
        let error = Error::from(error);
        (job.refuse)(error.clone());
        return Err((None, error));
    }
    let (verdict, answer) = (job.run)(tx);
    let end = match verdict {
        Verdict::Keep => "release job",
        Verdict::Discard => "rollback to job; release job",
        Verdict::DiskFull => return Err((Some(answer), Error::DiskFull)),
    };
    tx.execute_batch(end).map(|()| answer).map_err(|error| (None, error.into()))
}

#[cfg(test)]
mod tests;
