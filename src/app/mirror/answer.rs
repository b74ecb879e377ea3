//! One question, from the mirror to its answer.

use std::path::Path;

use super::{Hub, Task, Trouble};
use crate::app::protocol::{Answer, AsOf, Failure, News, Question};
use crate::insights::{approval, cohorts, compare, coverage, failures, milestones, summary, trend};
use crate::warehouse::mirror::Mirror;
use crate::warehouse::query::{self, Chunk};
use crate::warehouse::{self, Error, fingerprint, names};

/// Answers a question as of a position in the change log, telling the parent how it goes.
pub(super) fn answer(
    hub: &Hub,
    id: u64,
    task: &Task,
    as_of: AsOf,
    question: Question,
) -> Result<Answer, Failure> {
    let asked_by_user = matches!(question, Question::Query { .. } | Question::ReadParquet { .. });
    let result = match &question {
        Question::Ping => Ok(Answer::Pong),
        Question::ReadParquet { path } => {
            hub.tell(id, News::Started);
            read_parquet(hub, id, task, path).map_err(Trouble::from)
        }
        Question::CatchUp
        | Question::Summary { .. }
        | Question::Approval { .. }
        | Question::Trend { .. }
        | Question::Failures { .. }
        | Question::Coverage { .. }
        | Question::Milestones { .. }
        | Question::Cohorts { .. }
        | Question::Compare { .. }
        | Question::Query { .. }
        | Question::Fingerprint => {
            let progress = |rows| hub.tell(id, News::Progress(rows));
            // A result of which rows were sent cannot be started over.
            let mut sent = false;
            hub.projects.with(as_of.project, as_of.seq, &progress, &mut |mirror| match from_mirror(
                hub,
                id,
                task,
                (mirror, as_of.without_public),
                &question,
                &mut sent,
            ) {
                Err(Error::Doubtful(text)) if sent => Err(Error::BrokeOff(text)),
                Err(Error::Broken(text)) if sent => {
                    tracing::warn!(text, "a result broke off");
                    Err(Error::Refused("the result broke off; ask again".to_owned()))
                }
                result => result,
            })
        }
    };
    result.map_err(|trouble| failure(hub, trouble, asked_by_user))
}

fn from_mirror(
    hub: &Hub,
    id: u64,
    task: &Task,
    (mirror, without_public): (&Mirror, bool),
    question: &Question,
    sent: &mut bool,
) -> Result<Answer, Error> {
    let db = mirror.reader()?;
    task.can_be_stopped_by(db.interrupt());
    task.check()?;
    hub.tell(id, News::Started);
    if without_public {
        db.leave_out_public()?;
    }
    if !matches!(question, Question::Query { .. }) {
        db.hold_still()?;
    }
    match question {
        Question::Summary { filter } => Ok(Answer::Summary(summary::summary(&db, filter)?)),
        Question::Approval { by, filter } => {
            Ok(Answer::Approval(approval::approval(&db, by, filter)?))
        }
        Question::Trend { interval, zone, filter } => {
            Ok(Answer::Trend(trend::trend(&db, *interval, zone, filter)?))
        }
        Question::Failures { filter, at_least, limit } => {
            Ok(Answer::Failures(failures::failures(&db, filter, *at_least, *limit)?))
        }
        Question::Coverage { by, filter } => {
            Ok(Answer::Coverage(coverage::coverage(&db, by, filter)?))
        }
        Question::Milestones { now, filter } => {
            Ok(Answer::Milestones(milestones::milestones(&db, filter, *now)?))
        }
        Question::Cohorts { zone, filter } => {
            Ok(Answer::Cohorts(cohorts::cohorts(&db, zone, filter)?))
        }
        Question::Compare { comparison, filter } => {
            Ok(Answer::Compare(compare::compare(&db, comparison, filter)?))
        }
        Question::Query { sql, row_cap } => {
            let mut sink = |chunk| {
                *sent = true;
                send(hub, id, task, chunk)
            };
            let end = query::run(&db, sql, *row_cap, &mut sink)?;
            Ok(Answer::Rows { rows: end.rows, truncated: end.truncated })
        }
        Question::Fingerprint => Ok(Answer::Fingerprint(fingerprint::of_feedback(&db)?)),
        Question::Ping | Question::CatchUp | Question::ReadParquet { .. } => {
            Ok(Answer::CaughtUp(mirror.writer().watermark()))
        }
    }
}

/// Hands a chunk to the parent, as soon as it has room.
fn send(hub: &Hub, id: u64, task: &Task, chunk: Chunk) -> Result<(), Error> {
    match chunk {
        Chunk::Columns(columns) => {
            task.check()?;
            hub.tell(id, News::Columns(columns));
        }
        Chunk::Rows(rows) => {
            task.take_room()?;
            hub.tell(id, News::Rows(rows));
        }
    }
    Ok(())
}

fn read_parquet(hub: &Hub, id: u64, task: &Task, path: &Path) -> Result<Answer, Error> {
    let allowed = hub.allow_read.as_deref().filter(|allowed| *allowed == path);
    let Some(path) = allowed else {
        return Err(Error::Refused("this file may not be read".to_owned()));
    };
    let mut sink = |chunk| send(hub, id, task, chunk);
    let end = warehouse::parquet::read(path, hub.projects.limits(), &mut sink)?;
    Ok(Answer::Rows { rows: end.rows, truncated: end.truncated })
}

/// What the parent is told: the asker's mistakes in DuckDB's words, ours for the log.
fn failure(hub: &Hub, trouble: Trouble, asked_by_user: bool) -> Failure {
    let error = match trouble {
        Trouble::Warehouse(error) => error,
        Trouble::Store(error) => return Failure::Internal(error.to_string()),
    };
    let text = error.to_string();
    match error {
        Error::Refused(text) if asked_by_user => {
            Failure::Refused(names::shown(&text, hub.projects.folder().root()))
        }
        Error::Broken(text) if asked_by_user => {
            tracing::warn!(text, "a query broke DuckDB");
            Failure::Refused(names::shown("INTERNAL Error", hub.projects.folder().root()))
        }
        Error::Memory => Failure::Memory(text),
        Error::Stopped => Failure::Stopped,
        Error::Refused(_)
        | Error::Broken(_)
        | Error::Doubtful(_)
        | Error::BrokeOff(_)
        | Error::InUse
        | Error::Io { .. } => Failure::Internal(text),
    }
}
