//! The open mirrors, one per project, each brought up to date before it is used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};

use super::Trouble;
use super::copy::{self, Verdict};
use crate::model::ids::{ProjectId, Seq};
use crate::store::{DataFolder, ReadOnly, meta};
use crate::warehouse;
use crate::warehouse::connection::Limits;
use crate::warehouse::folder::MirrorFolder;
use crate::warehouse::mirror::{Mirror, Opening};

/// Mirrors that stay open; beyond it those that nobody uses are closed.
const OPEN_MAX: usize = 8;
/// How often a mirror is renewed for one question before the question fails.
const RENEWALS_MAX: usize = 4;

/// The mirrors of all projects.
pub(super) struct Projects {
    folder: DataFolder,
    mirrors: MirrorFolder,
    limits: Limits,
    slots: Mutex<HashMap<ProjectId, Arc<RwLock<Slot>>>>,
}

/// The place of one mirror. Readers share it; renewing it needs it alone.
#[derive(Default)]
struct Slot {
    mirror: Option<Box<Mirror>>,
    /// Counts renewals, so that two who saw the same stale mirror renew it once.
    generation: u64,
}

/// Why a mirror must be renewed.
enum Need {
    /// It is not open.
    Open,
    /// It cannot follow the store; the reason is for the log.
    Rebuild(&'static str),
    /// Something was erased, and its bytes must go.
    Forget,
    /// It answered with an error that says that the file is bad.
    Quarantine,
    /// DuckDB gave up on it; the file may be sound.
    Reopen,
}

impl Projects {
    pub(super) fn new(folder: DataFolder, mirrors: MirrorFolder, limits: Limits) -> Self {
        Self { folder, mirrors, limits, slots: Mutex::new(HashMap::new()) }
    }

    /// The data folder.
    pub(super) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// What one DuckDB instance may use.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Calls `question` with the mirror of a project as of `seq` or later. It may be called
    /// again, with another mirror, when the first one turns out to be bad.
    pub(super) fn with<T>(
        &self,
        project: ProjectId,
        seq: Seq,
        progress: &dyn Fn(u64),
        question: &mut dyn FnMut(&Mirror) -> Result<T, warehouse::Error>,
    ) -> Result<T, Trouble> {
        let slot = self.slot(project);
        let mut doubted = false;
        for _ in 0..RENEWALS_MAX {
            // What the question ends with, once the mirror is renewed for the next one.
            let mut end = None;
            let (need, generation) = {
                let held = slot.read().unwrap_or_else(PoisonError::into_inner);
                let need = match &held.mirror {
                    None => Need::Open,
                    Some(mirror) => match self.ask(mirror, (project, seq), progress, question) {
                        Ok(Ok(answer)) => return Ok(answer),
                        Ok(Err(need)) => need,
                        Err(Trouble::Warehouse(error @ warehouse::Error::BrokeOff(_))) => {
                            end = Some(error);
                            Need::Quarantine
                        }
                        Err(Trouble::Warehouse(error)) => need_after(error, &mut doubted)?,
                        Err(trouble) => return Err(trouble),
                    },
                };
                (need, held.generation)
            };
            let mut held = slot.write().unwrap_or_else(PoisonError::into_inner);
            if held.generation == generation {
                self.renew(&mut held, project, need, progress)?;
            }
            if let Some(error) = end {
                return Err(error.into());
            }
        }
        let text = "the mirror could not be brought up to date".to_owned();
        Err(warehouse::Error::Doubtful(text).into())
    }

    fn ask<T>(
        &self,
        mirror: &Mirror,
        (project, seq): (ProjectId, Seq),
        progress: &dyn Fn(u64),
        question: &mut dyn FnMut(&Mirror) -> Result<T, warehouse::Error>,
    ) -> Result<Result<T, Need>, Trouble> {
        let verdict = copy::catch_up(&self.folder, mirror, (project, seq), progress)?;
        match verdict {
            Verdict::Fresh => Ok(Ok(question(mirror)?)),
            Verdict::Lost(reason) => Ok(Err(Need::Rebuild(reason))),
            Verdict::Erased => Ok(Err(Need::Forget)),
        }
    }

    /// Puts a usable mirror into the slot, or fails and leaves it empty.
    fn renew(
        &self,
        held: &mut RwLockWriteGuard<'_, Slot>,
        project: ProjectId,
        need: Need,
        progress: &dyn Fn(u64),
    ) -> Result<(), Trouble> {
        held.mirror = None;
        held.generation += 1;
        let source = ReadOnly::open(&self.folder)?.snapshot(meta::source_uuid)?;
        let reason = match need {
            Need::Open | Need::Reopen => match self.open_of_this_store(project, &source)? {
                Ok(mirror) => {
                    held.mirror = Some(mirror);
                    return Ok(());
                }
                Err(reason) => reason,
            },
            Need::Rebuild(reason) => reason.to_owned(),
            Need::Forget => {
                self.mirrors.forget(project)?;
                "something was erased".to_owned()
            }
            Need::Quarantine => {
                self.mirrors.quarantine(project)?;
                "it answered with an error".to_owned()
            }
        };
        tracing::info!(project.id = project.0, reason, "the mirror is being built");
        copy::rebuild(&self.folder, &self.mirrors, project, self.limits, progress)?;
        match self.open(project, &source)? {
            Opening::Ready(mirror) => held.mirror = Some(mirror),
            Opening::Unfit(reason) => return Err(warehouse::Error::Doubtful(reason).into()),
        }
        Ok(())
    }

    fn open(&self, project: ProjectId, source: &str) -> Result<Opening, warehouse::Error> {
        Mirror::open(&self.mirrors, project, self.limits, source)
    }

    /// Opens the mirror and compares it with the store. Otherwise the reason why not; then it is
    /// closed again.
    fn open_of_this_store(
        &self,
        project: ProjectId,
        source: &str,
    ) -> Result<Result<Box<Mirror>, String>, Trouble> {
        let mirror = match self.open(project, source)? {
            Opening::Ready(mirror) => mirror,
            Opening::Unfit(reason) => return Ok(Err(reason)),
        };
        match copy::check(&self.folder, &mirror, project) {
            Ok(Verdict::Fresh | Verdict::Erased) => Ok(Ok(mirror)),
            Ok(Verdict::Lost(reason)) => Ok(Err(reason.to_owned())),
            Err(Trouble::Warehouse(warehouse::Error::Doubtful(text))) => {
                drop(mirror);
                self.mirrors.quarantine(project)?;
                Ok(Err(text))
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn slot(&self, project: ProjectId) -> Arc<RwLock<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= OPEN_MAX && !slots.contains_key(&project) {
            // Whoever uses a slot holds a second handle on it.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(project).or_default())
    }
}

/// What to do about a failed question: once for the mirror's sake, never for the question's.
fn need_after(error: warehouse::Error, doubted: &mut bool) -> Result<Need, Trouble> {
    let need = match &error {
        warehouse::Error::Doubtful(_) => Need::Quarantine,
        warehouse::Error::Broken(_) => Need::Reopen,
        _ => return Err(error.into()),
    };
    if std::mem::replace(doubted, true) {
        return Err(error.into());
    }
    tracing::warn!(%error, "the mirror is renewed");
    Ok(need)
}
