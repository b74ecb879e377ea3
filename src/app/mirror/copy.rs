//! Store → mirror: the changes since the last question, or everything.

use std::ops::ControlFlow;

use super::Trouble;
use crate::model::ids::{ProjectId, Seq};
use crate::store::change_log::{self, Change, Table};
use crate::store::{self, DataFolder, ReadOnly, meta};
use crate::warehouse;
use crate::warehouse::build::Builder;
use crate::warehouse::connection::Limits;
use crate::warehouse::folder::MirrorFolder;
use crate::warehouse::mirror::{Batch, Mirror, Writer};

/// Most changes that are copied in one transaction.
const BATCH_CHANGES: usize = 20_000;
/// Changes before the watermark whose rows are compared when a mirror is opened.
const WITNESSES_MAX: usize = 16;
/// A rebuild says how far it is after this many rows.
const PROGRESS_ROWS: u64 = 10_000;

/// Whether a mirror follows its store.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is a copy as of the wanted position or later.
    Fresh,
    /// It cannot follow, for this reason: build it anew.
    Lost(&'static str),
    /// Something was erased: build it anew, and remove every older copy first.
    Erased,
}

/// What one look into the store says is to be done.
enum Step {
    Give(Verdict),
    Skip(Seq),
    Apply(Box<Batch>, Seq),
}

/// Copies what changed, until the mirror stands at `seq` or later.
pub(super) fn catch_up(
    folder: &DataFolder,
    mirror: &Mirror,
    (project, seq): (ProjectId, Seq),
    progress: &dyn Fn(u64),
) -> Result<Verdict, Trouble> {
    let mut writer = mirror.writer();
    // A mirror beyond the question looks into the store all the same: it may be beyond the store.
    if writer.watermark() == seq {
        return Ok(Verdict::Fresh);
    }
    let mut store = ReadOnly::open(folder)?;
    let mut copied = 0;
    loop {
        let step = store.snapshot(|db| Ok(look(db, mirror, &writer, project)))??;
        match step {
            Step::Give(verdict) => return Ok(verdict),
            Step::Skip(to) => {
                writer.skip_to(to)?;
                return Ok(Verdict::Fresh);
            }
            Step::Apply(batch, to) => {
                copied += u64::try_from(batch.feedback_now.len()).unwrap_or(u64::MAX);
                writer.apply(&batch, to)?;
                if writer.watermark() >= seq {
                    return Ok(Verdict::Fresh);
                }
                progress(copied);
            }
        }
    }
}

/// Reads the next batch of changes in one snapshot.
fn look(
    db: &store::Db,
    mirror: &Mirror,
    writer: &Writer,
    project: ProjectId,
) -> Result<Step, Trouble> {
    let bounds = change_log::bounds(db)?;
    let after = writer.watermark();
    if let Some(reason) = stranger(db, mirror, after)? {
        return Ok(Step::Give(Verdict::Lost(reason)));
    }
    if after.0 + 1 < bounds.floor.0 {
        return Ok(Step::Give(Verdict::Lost("the change log does not go back that far")));
    }
    let changes = change_log::since(db, project, after, BATCH_CHANGES)?;
    if changes.iter().any(|change| change.erases) {
        return Ok(Step::Give(Verdict::Erased));
    }
    let to = match changes.last() {
        None => return Ok(Step::Skip(bounds.head)),
        Some(last) if changes.len() == BATCH_CHANGES => last.seq,
        Some(_) => bounds.head,
    };
    let mut batch = touched_by(&changes);
    batch.responses_now = change_log::responses_changed(db, project, &batch.responses)?;
    // Responses that are gone are known to the mirror alone.
    batch.messages = writer.messages_of(&batch.responses)?;
    batch.messages.extend(batch.responses_now.iter().map(|row| row.message_id.clone()));
    batch.feedback_now = change_log::feedback_changed(db, project, &batch.thumbs, &batch.messages)?;
    batch.rated = change_log::rated(db, project, &touched_messages(writer, &batch)?)?;
    batch.signals_now = change_log::signals_changed(db, project, &batch.signals)?;
    Ok(Step::Apply(Box::new(batch), to))
}

/// The messages whose responses or thumbs changed, came or went.
fn touched_messages(writer: &Writer, batch: &Batch) -> Result<Vec<String>, Trouble> {
    let mut messages = writer.messages_of_thumbs(&batch.thumbs)?;
    messages.extend(batch.feedback_now.iter().map(|row| row.message_id.clone()));
    messages.extend_from_slice(&batch.messages);
    Ok(messages)
}

/// Why a mirror cannot be a copy of this store, if so.
fn stranger(
    db: &store::Db,
    mirror: &Mirror,
    watermark: Seq,
) -> Result<Option<&'static str>, Trouble> {
    if meta::source_uuid(db)? != mirror.source() {
        return Ok(Some("the database was replaced"));
    }
    if watermark > change_log::bounds(db)?.head {
        return Ok(Some("the database is older than the mirror"));
    }
    Ok(None)
}

/// Whether a mirror that was just opened followed this store, and not one that was since put back
/// to an earlier copy. The store gives positions out again after that, so the last rows up to the
/// watermark are compared, too: those that nothing changed since must be the same in both.
pub(super) fn check(
    folder: &DataFolder,
    mirror: &Mirror,
    project: ProjectId,
) -> Result<Verdict, Trouble> {
    let writer = mirror.writer();
    let watermark = writer.watermark();
    let looked = ReadOnly::open(folder)?.snapshot(|db| {
        Ok(match stranger(db, mirror, watermark) {
            Ok(None) => latest_rows(db, project, watermark).map(Ok),
            Ok(Some(reason)) => Ok(Err(reason)),
            Err(trouble) => Err(trouble),
        })
    })??;
    match looked {
        Err(reason) => Ok(Verdict::Lost(reason)),
        Ok(rows) if writer.holds(&rows)? => Ok(Verdict::Fresh),
        Ok(_) => Ok(Verdict::Lost("the database was put back to an earlier copy")),
    }
}

/// The rows that the last changes up to a position left and that nothing changed since.
fn latest_rows(db: &store::Db, project: ProjectId, until: Seq) -> Result<Batch, Trouble> {
    let changes = change_log::latest(db, project, until, WITNESSES_MAX)?;
    let mut rows = touched_by(&changes);
    rows.feedback_now = change_log::feedback_changed(db, project, &rows.thumbs, &[])?;
    rows.responses_now = change_log::responses_changed(db, project, &rows.responses)?;
    rows.signals_now = change_log::signals_changed(db, project, &rows.signals)?;
    rows.feedback_now.retain(|row| row.seq <= until);
    rows.responses_now.retain(|row| row.seq <= until);
    rows.signals_now.retain(|row| row.seq <= until);
    Ok(rows)
}

/// A batch with the numbers of the rows that these changes touched.
fn touched_by(changes: &[Change]) -> Batch {
    let mut batch = Batch::default();
    for change in changes {
        match change.table {
            Table::Thumbs => batch.thumbs.push(change.row_id),
            Table::Responses => batch.responses.push(change.row_id),
            Table::Signals => batch.signals.push(change.row_id),
        }
    }
    batch
}

/// Builds the mirror of a project from one snapshot of the store and puts it in place. The old
/// one must not be open.
pub(super) fn rebuild(
    folder: &DataFolder,
    mirrors: &MirrorFolder,
    project: ProjectId,
    limits: Limits,
    progress: &dyn Fn(u64),
) -> Result<(), Trouble> {
    let mut builder = Builder::start(mirrors, project, limits)?;
    let mut store = ReadOnly::open(folder)?;
    let copied = store.snapshot(|db| Ok(copy_all(db, project, &mut builder, progress)))??;
    builder.finish(&copied.source, copied.seq)?;
    if copied.erased {
        // It may hold what was erased since it was set aside.
        mirrors.remove_quarantined(project)?;
    }
    Ok(())
}

/// What a mirror became a copy of.
struct Copied {
    source: String,
    seq: Seq,
    erased: bool,
}

fn copy_all(
    db: &store::Db,
    project: ProjectId,
    builder: &mut Builder<'_>,
    progress: &dyn Fn(u64),
) -> Result<Copied, Trouble> {
    let mut rows = 0_u64;
    let mut failed = None;
    let mut note = |result: Result<(), warehouse::Error>| match result {
        Ok(()) => {
            rows += 1;
            if rows.is_multiple_of(PROGRESS_ROWS) {
                progress(rows);
            }
            ControlFlow::Continue(())
        }
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    };
    change_log::each_response(db, project, &mut |row, rated| note(builder.response(row, rated)))?;
    change_log::each_feedback(db, project, &mut |row| note(builder.feedback(row)))?;
    change_log::each_signal(db, project, &mut |row| note(builder.signal(row)))?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    Ok(Copied {
        source: meta::source_uuid(db)?,
        seq: change_log::bounds(db)?.head,
        erased: change_log::erased(db, project)?,
    })
}
