//! The one thread that writes: group commit, and an answer only after the commit.
//!
//! Jobs wait in a bounded queue. The thread takes all that wait (up to a limit), runs each in its
//! own savepoint so that a bad one cannot hurt its neighbours, commits once, and only then
//! answers. It never waits for more work: a lone write commits at once, and under load the
//! groups grow by themselves while the disk works.

mod desk;
mod log;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::Error;
use super::ballast::Ballast;
use super::connection::OpenError;
use super::health::{Health, Purpose};
use desk::Desk;

/// Most jobs that may wait.
pub(crate) const QUEUE_JOBS_MAX: usize = 8_192;
/// Most bytes of requests that may wait.
pub(crate) const QUEUE_BYTES_MAX: usize = 64 << 20;

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
        let mut desk = Desk::new(
            connection,
            Box::new(reopen),
            ballast,
            Arc::clone(&health),
            Arc::clone(&bytes_waiting),
        );
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

#[cfg(test)]
mod tests;
