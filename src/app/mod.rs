//! The composition root: the one place where store, mirror, pepper, clock and randomness meet.
//!
//! [`App`] is cheap to clone and lives as long as the process. Only this module reads the wall
//! clock and the system's randomness; everything else is handed a time or bytes.

pub(crate) mod analyst;
pub(crate) mod backup;
pub(crate) mod keys;
pub(crate) mod mirror;
pub(crate) mod overview;
pub(crate) mod protocol;
pub(crate) mod restore;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::{broadcast, watch};

use crate::model::event::Event;
use crate::model::ids::{ProjectId, Subject};
use crate::model::time::Timestamp;
use crate::model::zone::Zone;
use crate::privacy::pepper::{Pepper, PepperError};
use crate::privacy::token::Bond;
use crate::store::connection::OpenError;
use crate::store::folder::{FolderError, Lock};
use crate::store::subjects::Erased;
use crate::store::{self, DataFolder, Store, Synchronous};
use analyst::{Analyst, AnalystError, Rows};
use keys::Keys;
use protocol::{Answer, AsOf, Question};

/// Events that a slow watcher may be behind before it is dropped.
const EVENTS_MAX: usize = 1_024;

/// How long to leave the store alone.
const HOUSEKEEPING_PAUSE: Duration = Duration::from_secs(60);

/// What an [`App`] is made of.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// How hard commits are pushed to the disk.
    pub(crate) synchronous: Synchronous,
    /// This very program, to start the warehouse child with.
    pub(crate) program: PathBuf,
    /// Limits of the child.
    pub(crate) analyst: analyst::Limits,
}

/// Why the app cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The folder cannot be used, or another process uses it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key of the pseudonyms cannot be used.
    #[error(transparent)]
    Pepper(#[from] PepperError),
    /// A restore was killed, and cannot be finished.
    #[error("a restore was interrupted and cannot be finished ({0}); free space and try again")]
    Restore(std::io::Error),
    /// The store failed right after it was opened.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Everything that a request may need.
#[derive(Clone)]
pub(crate) struct App {
    /// The ground state.
    pub(crate) store: Store,
    /// Who answers questions, in a process of its own.
    pub(crate) analyst: Analyst,
    /// API keys, in memory.
    pub(crate) keys: Keys,
    /// The key of all pseudonyms.
    pub(crate) pepper: Pepper,
    /// Where everything lies.
    pub(crate) folder: DataFolder,
    events: broadcast::Sender<Event>,
    stopping: Arc<watch::Sender<bool>>,
    figures: PrometheusHandle,
    clock_us: Arc<AtomicI64>,
    _lock: Arc<Lock>,
}

impl App {
    /// Opens the data folder and takes it for this process.
    ///
    /// # Errors
    /// When the folder is in use or unusable, or the database or its key is not in order.
    pub(crate) async fn start(options: Options) -> Result<Self, StartError> {
        let folder = DataFolder::open(&options.data)?;
        let lock = folder.lock()?;
        let clock_us = Arc::new(AtomicI64::new(0));
        restore::finish(&folder, tick(&clock_us)).map_err(StartError::Restore)?;
        let store = Store::open(&folder, options.synchronous, tick(&clock_us))?;
        let expected = store.read(store::meta::pepper_fingerprint).await?;
        let pepper = Pepper::load(&folder.secret_path(), expected.as_deref(), random())?;
        if expected.is_none() {
            let fingerprint = pepper.fingerprint();
            store.write(0, move |tx| store::meta::set_pepper_fingerprint(tx, &fingerprint)).await?;
        }
        let keys = Keys::new(pepper.clone());
        keys.reload(&store).await?;
        let analyst = Analyst::new(folder.clone(), options.program, options.analyst);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        Ok(Self {
            store,
            analyst,
            keys,
            pepper,
            folder,
            events,
            stopping: Arc::new(watch::Sender::new(false)),
            figures: recorder(),
            clock_us,
            _lock: Arc::new(lock),
        })
    }

    /// The time, which never runs backwards within a process.
    pub(crate) fn now(&self) -> Timestamp {
        tick(&self.clock_us)
    }

    /// Answers a question from the mirror, which first catches up with everything that was
    /// acknowledged before this call.
    ///
    /// # Errors
    /// When the question is refused, takes too long, or the mirror cannot be made to work.
    pub(crate) async fn ask(
        &self,
        project: ProjectId,
        question: Question,
    ) -> Result<Answer, AskError> {
        let as_of = self.as_of(project).await?;
        let without_public = as_of.without_public && !question.asks_for_public();
        Ok(self.analyst.ask(AsOf { without_public, ..as_of }, question).await?)
    }

    /// Runs one SELECT over the mirror, which catches up in the same way.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub(crate) async fn query(
        &self,
        project: ProjectId,
        sql: String,
        row_cap: Option<u64>,
    ) -> Result<Rows, AskError> {
        let as_of = self.as_of(project).await?;
        Ok(self.analyst.rows(as_of, sql, row_cap).await?)
    }

    /// The position of the project's last acknowledged change, and what of it counts.
    async fn as_of(&self, project: ProjectId) -> Result<AsOf, store::Error> {
        let seq = self.store.read(move |db| store::change_log::head(db, project)).await?;
        Ok(AsOf { project, seq, without_public: self.keys.signatures_required(project) })
    }

    /// The time zone of a project.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn zone(&self, project: ProjectId) -> Result<Zone, store::Error> {
        self.store.read(move |db| store::projects::zone(db, project)).await
    }

    /// A feedback token that is valid for so many days, and when it ends.
    ///
    /// # Errors
    /// When the project has no signing key yet, and none can be stored.
    pub(crate) async fn sign(
        &self,
        project: ProjectId,
        bond: &Bond,
        days: u32,
    ) -> Result<(String, Timestamp), store::Error> {
        let now = self.now();
        let expires_at = now.days_later(days);
        let signer = self.keys.current_signer(&self.store, project, now).await?;
        Ok((signer.sign(bond, expires_at), expires_at))
    }

    /// Tells those who watch.
    pub(crate) fn announce(&self, event: Event) {
        // Nobody watching is no error.
        let _ = self.events.send(event);
    }

    /// What happens from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Turns true when the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Tells long-lived requests to end.
    pub(crate) fn announce_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// The figures in the Prometheus text format.
    pub(crate) fn figures(&self) -> String {
        self.figures.render()
    }

    /// Looks after the store every now and then, until the server stops: forgets old replies and
    /// changes that no mirror needs.
    pub(crate) async fn keep_house(self) {
        let mut stopping = self.stopping();
        loop {
            tokio::select! {
                () = tokio::time::sleep(HOUSEKEEPING_PAUSE) => (),
                _ = stopping.changed() => return,
            }
            let now = self.now();
            let kept = self.store.maintain(move |tx| {
                store::idempotency::forget(tx, now)?;
                store::change_log::trim(tx)
            });
            if let Err(error) = kept.await {
                tracing::warn!(%error, "the store could not be looked after");
            }
        }
    }

    /// Erases subjects, in a task of its own that goes on if the caller hangs up. The mirror's
    /// file still holds the bytes until it is built anew, so that is started at once as well.
    pub(crate) async fn erase(
        &self,
        project: ProjectId,
        subjects: Vec<Subject>,
        now: Timestamp,
    ) -> Result<Erased, store::Error> {
        let app = self.clone();
        let erase = tokio::spawn(async move {
            let erased = app.store.maintain(move |tx| {
                subjects.iter().try_fold(Erased::default(), |sum, subject| {
                    Ok(sum + store::subjects::erase(tx, project, subject, now)?)
                })
            });
            let erased = erased.await?;
            tokio::spawn(async move {
                if let Err(error) = app.ask(project, Question::CatchUp).await {
                    tracing::warn!(%error, "the mirror will forget at the next question");
                }
            });
            Ok(erased)
        });
        erase.await.unwrap_or(Err(store::Error::Stopping))
    }

    /// Commits what waits, stops the child and closes the database.
    pub(crate) async fn stop(&self) {
        self.analyst.shutdown().await;
        let store = self.store.clone();
        // Closing joins the writing thread, which may have a last commit to make.
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The store could not say where it stands.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The analyst could not answer.
    #[error(transparent)]
    Analyst(#[from] AnalystError),
}

/// The process's recorder of figures. A second app in one process keeps figures of its own that
/// nobody writes to.
fn recorder() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    handle
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system provides randomness");
    bytes
}

/// How many files the system lets this process open; `None` for any number.
pub(crate) fn open_files_max() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// The time, for commands that have no [`App`].
pub(crate) fn now() -> Timestamp {
    tick(&AtomicI64::new(0))
}

/// The later of the system's time and the last time given out, so that a clock set back cannot
/// reorder what we received.
fn tick(last: &AtomicI64) -> Timestamp {
    let us = jiff::Timestamp::now().as_microsecond().max(0);
    let latest = last.fetch_max(us, Ordering::Relaxed).max(us);
    Timestamp::from_micros(latest).expect("a clock between 1970 and 9999")
}
