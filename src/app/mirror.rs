//! The warehouse child: answers questions from the mirrors, which it keeps in step with the store.
//!
//! `projects` copies store → mirror; `answer` turns a question into its answer; this file speaks
//! with the parent. Each question has a thread, so that a slow one holds up no other, and a panic
//! costs one answer.

mod answer;
mod copy;
mod projects;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::protocol::{self, AsOf, Failure, FromChild, News, Question, ToChild, WINDOW_CHUNKS};
use crate::store;
use crate::store::folder::FolderError;
use crate::warehouse;
use crate::warehouse::connection::Limits;
use crate::warehouse::folder::MirrorFolder;
use crate::warehouse::mirror::Interrupt;
use crate::warehouse::sandbox::{self, Confines};
use projects::Projects;

/// Stack of a thread that answers: DuckDB walks deep expressions recursively.
const STACK_BYTES: usize = 16 << 20;
/// Threads of DuckDB for one project.
const DUCKDB_THREADS: u32 = 2;

/// How the child is started.
#[derive(Debug)]
pub(crate) struct Options {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Memory for DuckDB's data, in MiB.
    pub(crate) memory_mib: u64,
    /// A Parquet file that may be read besides.
    pub(crate) allow_read: Option<PathBuf>,
}

/// Why the child ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The folder of the mirrors cannot be used.
    #[error("the warehouse cannot start: {0}")]
    Warehouse(String),
    /// The parent spoke no sense, or is gone.
    #[error("the warehouse lost its parent: {0}")]
    Pipe(#[from] io::Error),
}

/// What stops a question, from either side of the copy.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Warehouse(#[from] warehouse::Error),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Confines this process and answers questions until the input ends. To be called in a process of
/// its own, before any other thread is started.
///
/// # Errors
/// When the folders cannot be used or the pipes break.
pub(crate) fn serve(
    options: Options,
    input: impl Read,
    output: impl Write + Send + 'static,
) -> Result<(), MirrorError> {
    let folder = store::DataFolder::open(&options.data)?;
    let mirrors = MirrorFolder::open(&folder.mirror_dir())
        .map_err(|error| MirrorError::Warehouse(error.to_string()))?;
    let allow_read = match &options.allow_read {
        Some(path) => Some(path.canonicalize()?),
        None => None,
    };
    sandbox::enter(&Confines {
        database: folder.db_path(),
        mirrors: mirrors.root().to_owned(),
        import: allow_read.clone(),
        memory_mib: options.memory_mib,
    });
    let limits = Limits { memory_mib: options.memory_mib, threads: DUCKDB_THREADS };
    let projects = Projects::new(folder, mirrors, limits);
    answer_all(Hub::new(projects, allow_read, output), input)
}

/// Everything that the threads share.
struct Hub {
    projects: Projects,
    allow_read: Option<PathBuf>,
    output: Mutex<Box<dyn Write + Send>>,
    running: Mutex<HashMap<u64, Arc<Task>>>,
}

impl Hub {
    fn new(
        projects: Projects,
        allow_read: Option<PathBuf>,
        output: impl Write + Send + 'static,
    ) -> Self {
        Self {
            projects,
            allow_read,
            output: Mutex::new(Box::new(output)),
            running: Mutex::new(HashMap::new()),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u64, Arc<Task>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn task(&self, id: u64) -> Option<Arc<Task>> {
        self.running().get(&id).cloned()
    }

    /// Tells the parent. When it is gone nobody is left to be told; the input ends, too.
    fn tell(&self, id: u64, news: News) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = protocol::write(&mut *output, &FromChild { id, news }) {
            tracing::debug!(%error, "the parent does not listen");
        }
    }
}

fn answer_all(hub: Hub, mut input: impl Read) -> Result<(), MirrorError> {
    let hub = Arc::new(hub);
    while let Some(frame) = protocol::read::<ToChild>(&mut input)? {
        match frame {
            ToChild::Ask { id, as_of, question } => {
                start(&hub, id, as_of, *question);
            }
            ToChild::More { id } => {
                if let Some(task) = hub.task(id) {
                    task.more();
                }
            }
            ToChild::Cancel { id } => {
                if let Some(task) = hub.task(id) {
                    task.cancel();
                }
            }
        }
    }
    Ok(())
}

fn start(hub: &Arc<Hub>, id: u64, as_of: AsOf, question: Question) {
    let task = Arc::new(Task::default());
    hub.running().insert(id, Arc::clone(&task));
    let worker = {
        let hub = Arc::clone(hub);
        move || {
            let answer = || answer::answer(&hub, id, &task, as_of, question);
            let news = match catch_unwind(AssertUnwindSafe(answer)) {
                Ok(Ok(answer)) => News::Done(answer),
                Ok(Err(failure)) => News::Failed(failure),
                Err(_) => News::Failed(Failure::Internal("the question panicked".to_owned())),
            };
            hub.running().remove(&id);
            hub.tell(id, news);
        }
    };
    let thread = std::thread::Builder::new().name(format!("question {id}")).stack_size(STACK_BYTES);
    if let Err(error) = thread.spawn(worker) {
        hub.running().remove(&id);
        hub.tell(id, News::Failed(Failure::Internal(format!("no thread to answer with: {error}"))));
    }
}

/// A question that is being answered.
struct Task {
    interrupt: Mutex<Option<Interrupt>>,
    cancelled: AtomicBool,
    /// Chunks of rows that may still be sent.
    window: Mutex<usize>,
    opened: Condvar,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            interrupt: Mutex::new(None),
            cancelled: AtomicBool::new(false),
            window: Mutex::new(WINDOW_CHUNKS),
            opened: Condvar::new(),
        }
    }
}

impl Task {
    fn more(&self) {
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.opened.notify_all();
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupt) = interrupt.as_ref() {
            interrupt.stop();
        }
        drop(interrupt);
        // Under the lock, or a thread about to wait would miss it.
        let _window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        self.opened.notify_all();
    }

    fn can_be_stopped_by(&self, interrupt: Interrupt) {
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupt);
    }

    fn check(&self) -> Result<(), warehouse::Error> {
        match self.cancelled.load(Ordering::SeqCst) {
            true => Err(warehouse::Error::Stopped),
            false => Ok(()),
        }
    }

    /// Waits until the parent has room for another chunk of rows.
    fn take_room(&self) -> Result<(), warehouse::Error> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        while *window == 0 {
            self.check()?;
            window = self.opened.wait(window).unwrap_or_else(PoisonError::into_inner);
        }
        *window -= 1;
        self.check()
    }
}
