//! Many items in one call: each stands or falls alone.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::events::Change;
use crate::app::App;
use crate::model::feedback::NewFeedback;
use crate::model::ids::ProjectId;
use crate::store::thumbs::{self, Outcome};
use crate::store::{self, sql};
use crate::web::body;
use crate::web::code::Code;
use crate::web::error::Error;

/// Items that share one job of the writer: few enough to leave room for other callers.
pub(super) const JOB_ITEMS: usize = 500;

/// What became of a batch.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct BatchReply {
    /// Items that were taken, those that changed nothing included.
    accepted: usize,
    /// Items that were not.
    rejected: usize,
    /// Why not, one for each.
    errors: Vec<ItemError>,
}

/// Why an item was not taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ItemError {
    /// Its place in the batch, from 0.
    pub(super) index: usize,
    /// A stable word for programs.
    pub(super) code: Code,
    /// What is wrong and what to do.
    pub(super) detail: String,
}

/// What became of each item.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// There was nothing before.
    pub(super) created: usize,
    /// Something stands there now that did not before.
    pub(super) changed: usize,
    /// All was known already.
    pub(super) unchanged: usize,
    /// The subject has opted out.
    pub(super) opted_out: usize,
    /// Not taken.
    pub(super) errors: Vec<ItemError>,
}

impl Tally {
    /// As the batch endpoints show it.
    pub(super) fn into_reply(self) -> BatchReply {
        BatchReply {
            accepted: self.created + self.changed + self.unchanged + self.opted_out,
            rejected: self.errors.len(),
            errors: self.errors,
        }
    }

    /// Counts a failure.
    pub(super) fn reject(&mut self, index: usize, error: &Error) {
        self.errors.push(ItemError { index, code: error.code(), detail: error.detail() });
    }
}

/// The items of a body, parsed.
pub(super) fn items<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<Result<T, Error>>, Error> {
    Ok(split(bytes)?.iter().map(|item| body::parse(item)).collect())
}

/// The items of a body as they came: of a JSON array, or one JSON value a line.
pub(super) fn split(bytes: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, Error> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    match start.map(|at| bytes[at]) {
        None => {
            let detail = "the body is empty; send a JSON array or one JSON object a line";
            Err(Error::refused(Code::InvalidBody, detail))
        }
        Some(b'[') => {
            let list: Vec<Box<RawValue>> = body::parse(bytes)?;
            let item =
                |item: Box<RawValue>| Cow::Owned(Box::<str>::from(item).into_string().into());
            Ok(list.into_iter().map(item).collect())
        }
        Some(_) => Ok(bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .map(Cow::Borrowed)
            .collect()),
    }
}

/// Counts what would be refused, and stores nothing.
pub(super) fn check(items: Vec<Result<NewFeedback, Error>>) -> Tally {
    let mut tally = Tally::default();
    for (index, item) in items.into_iter().enumerate() {
        if let Err(error) = item {
            tally.reject(index, &error);
        }
    }
    tally
}

/// Stores feedback items, which came in `bytes`; what an item's own fault or the database refuses
/// is counted by its place. A store that takes no writes at all fails the call.
pub(super) async fn record_feedback(
    app: &App,
    project: ProjectId,
    bytes: usize,
    items: Vec<Result<NewFeedback, Error>>,
) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let share = bytes / items.len().max(1);
    let mut valid = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(new) => valid.push((index, new)),
            Err(error) => tally.reject(index, &error),
        }
    }
    let mut valid = valid.into_iter().peekable();
    while valid.peek().is_some() {
        let job: Vec<_> = valid.by_ref().take(JOB_ITEMS).collect();
        let done =
            app.store.write(share * job.len(), move |tx| record_job(tx, project, job)).await?;
        for (index, change, outcome) in done {
            tally.count(app, project, index, change, outcome);
        }
    }
    tally.errors.sort_by_key(|error| error.index);
    Ok(tally)
}

type ItemOutcome = (usize, Change, Result<Outcome, store::Error>);

fn record_job(
    tx: &store::Tx<'_>,
    project: ProjectId,
    job: Vec<(usize, NewFeedback)>,
) -> Result<Vec<ItemOutcome>, store::Error> {
    let mut done = Vec::with_capacity(job.len());
    for (index, new) in job {
        let change = Change::of(&new);
        let outcome = sql::attempt(tx, |tx| thumbs::record(tx, project, new))?;
        done.push((index, change, outcome));
    }
    Ok(done)
}

impl Tally {
    fn count(
        &mut self,
        app: &App,
        project: ProjectId,
        index: usize,
        change: Change,
        outcome: Result<Outcome, store::Error>,
    ) {
        match outcome {
            Ok(Outcome::OptedOut) => self.opted_out += 1,
            Ok(Outcome::Stored { created, changed, .. }) => {
                match (created, changed) {
                    (true, _) => self.created += 1,
                    (false, true) => self.changed += 1,
                    (false, false) => self.unchanged += 1,
                }
                change.announce(app, project, changed);
            }
            Err(error) => self.reject(index, &error.into()),
        }
    }
}
