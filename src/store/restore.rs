//! A backup on its way to become the database: checked, upgraded, and told what users and
//! operators withdrew since it was made.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::backup::{self, Contents};
use super::connection::{self, OpenError, Synchronous};
use super::health::Unsound;
use super::{DataFolder, Error, ReadOnly, api_keys, meta, projects, subjects};
use crate::model::ids::{ProjectId, Subject};
use crate::model::time::Timestamp;

/// Why a backup cannot be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    /// It is not ours, too new, or cannot be upgraded.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be read, or is damaged.
    #[error("the backup cannot be used, restore another one: {0}")]
    Unsound(#[from] Unsound),
    /// It cannot be prepared.
    #[error("the backup cannot be prepared: {0}")]
    Store(#[from] Error),
}

/// What was withdrawn: erasures, opt-outs, revoked keys, and the trust in publishable keys. A
/// restore must not bring any of it back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Withdrawn {
    /// Of which installation this is known.
    key_fingerprint: Option<String>,
    erased: Vec<(ProjectId, Subject, Timestamp)>,
    choices: Vec<(ProjectId, Subject, Option<Timestamp>)>,
    revoked: Vec<(ProjectId, String, Timestamp)>,
    strict: Vec<ProjectId>,
}

/// How much of what was withdrawn the backup did not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Applied {
    /// Users who were erased once more.
    pub(crate) erased: usize,
    /// Users who opted out, or in, since.
    pub(crate) choices: usize,
    /// Keys that were revoked since.
    pub(crate) revoked: usize,
    /// Projects that required signatures since.
    pub(crate) strict: usize,
}

/// Reads what was withdrawn from a database of any schema.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn withdrawn(folder: &DataFolder) -> Result<Withdrawn, Error> {
    ReadOnly::open(folder)?.snapshot(|db| {
        Ok(Withdrawn {
            key_fingerprint: meta::pepper_fingerprint(db)?,
            erased: subjects::tombstones(db)?,
            choices: subjects::choices(db)?,
            revoked: api_keys::revoked(db)?,
            strict: strict(db)?,
        })
    })
}

/// What the database in a folder holds, once it is upgraded to this binary's schema.
///
/// # Errors
/// When it cannot be opened or upgraded.
pub(crate) fn upgrade(folder: &DataFolder, now: Timestamp) -> Result<Contents, RestoreError> {
    let db = connection::open_writer(folder, Synchronous::Full, now)?;
    let contents = backup::contents(&db)?;
    close(db)?;
    Ok(contents)
}

/// Applies to the database in a folder what was withdrawn since, if that is known of the same
/// installation, and gives it an identity of its own, so that no mirror takes it for the old one.
///
/// # Errors
/// When the database cannot be written.
pub(crate) fn apply(
    folder: &DataFolder,
    withdrawn: &Withdrawn,
    now: Timestamp,
) -> Result<Applied, RestoreError> {
    let mut db = connection::reopen_writer(folder, Synchronous::Full)?;
    let tx = db.transaction().map_err(Error::from)?;
    let mut applied = Applied::default();
    if withdrawn.key_fingerprint == meta::pepper_fingerprint(&tx)? {
        applied = apply_all(&tx, withdrawn, now)?;
    }
    meta::renew_identity(&tx)?;
    tx.commit().map_err(Error::from)?;
    close(db)?;
    Ok(applied)
}

fn apply_all(db: &Connection, withdrawn: &Withdrawn, now: Timestamp) -> Result<Applied, Error> {
    let mut applied = Applied::default();
    let known: HashMap<_, _> = subjects::tombstones(db)?
        .into_iter()
        .map(|(project, who, at)| ((project, who), at))
        .collect();
    for (project, subject, at) in &withdrawn.erased {
        if known.get(&(*project, subject.clone())).is_none_or(|known| known < at) {
            subjects::erase(db, *project, subject, now)?;
            applied.erased += 1;
        }
    }
    let known: HashSet<_> = subjects::choices(db)?.into_iter().collect();
    let there: Vec<_> = projects::all(db)?.into_iter().map(|project| project.id).collect();
    for choice in withdrawn.choices.iter().filter(|choice| there.contains(&choice.0)) {
        if !known.contains(choice) {
            subjects::set_opt_out(db, choice.0, &choice.1, choice.2)?;
            applied.choices += 1;
        }
    }
    for (project, id, at) in &withdrawn.revoked {
        applied.revoked += usize::from(api_keys::revoke(db, *project, id, *at)?);
    }
    for project in projects::all(db)? {
        if withdrawn.strict.contains(&project.id) && !project.signatures_required {
            projects::change(db, &projects::Project { signatures_required: true, ..project })?;
            applied.strict += 1;
        }
    }
    Ok(applied)
}

/// The projects that require signatures.
fn strict(db: &Connection) -> Result<Vec<ProjectId>, Error> {
    let all = projects::all(db)?.into_iter();
    Ok(all.filter(|project| project.signatures_required).map(|project| project.id).collect())
}

/// Closing the last connection empties the log into the file.
fn close(db: Connection) -> Result<(), Error> {
    db.close().map_err(|(_, error)| error.into())
}
