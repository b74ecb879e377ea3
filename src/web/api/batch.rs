//! Many items in one call: each stands or falls alone.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::task::{JoinError, JoinHandle};

use super::events::Change;
use crate::app::App;
use crate::model::feedback::NewFeedback;
use crate::model::ids::ProjectId;
use crate::store::thumbs::{self, Outcome};
use crate::store::{self, Store, sql};
use crate::web::body;
use crate::web::code::Code;
use crate::web::error::Error;

/// Items that share one job of the writer: few enough that nobody else waits long.
pub(super) const JOB_ITEMS: usize = 4_000;

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

/// How the items of a batch are taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    /// Nothing is stored; only what would be refused is counted.
    pub(super) dry_run: bool,
    /// Nothing is taken behind the first item that is no feedback.
    pub(super) strict: bool,
}

/// Stores feedback items in their order; what an item's own fault or the database refuses is
/// counted by its place. A store that takes no writes at all fails the call. While some items are
/// written, the next ones are parsed.
pub(super) async fn record_feedback(
    app: &App,
    project: ProjectId,
    items: &[Cow<'_, [u8]>],
    terms: Terms,
    parse: impl Fn(&[u8]) -> Result<NewFeedback, Error>,
) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut writing: Option<JoinHandle<_>> = None;
    for (n, part) in items.chunks(JOB_ITEMS).enumerate() {
        let bytes = part.iter().map(|item| item.len()).sum();
        let job = tally.parse(n * JOB_ITEMS, part, terms, &parse);
        // Whoever else has a request in this thread goes first.
        tokio::task::yield_now().await;
        // One job at a time: a later state of a thumb must not come before an earlier one.
        if let Some(before) = writing.take() {
            tally.count(app, project, before.await)?;
        }
        if !terms.dry_run {
            writing = Some(tokio::spawn(write(app.store.clone(), project, job, bytes)));
        }
        if terms.strict && !tally.errors.is_empty() {
            break;
        }
    }
    if let Some(last) = writing {
        tally.count(app, project, last.await)?;
    }
    tally.errors.sort_by_key(|error| error.index);
    Ok(tally)
}

type Job = Vec<(usize, NewFeedback)>;
type Outcomes = Vec<(usize, Change, Result<Outcome, store::Error>)>;

/// Writes items in one transaction. Hardly ever does the database refuse one whose fields are
/// right; only then is each written so that it can be undone by itself.
async fn write(
    store: Store,
    project: ProjectId,
    job: Job,
    bytes: usize,
) -> Result<Outcomes, store::Error> {
    let job = Arc::new(job);
    let together = Arc::clone(&job);
    let done = store.write(bytes, move |tx| {
        let record = |(index, new): &(usize, NewFeedback)| {
            Ok((*index, Change::of(new), Ok(thumbs::record(tx, project, new)?)))
        };
        together.iter().map(record).collect()
    });
    match done.await {
        Err(store::Error::Conflict(_) | store::Error::Sqlite(_)) => (),
        done => return done,
    }
    let done = store.write(bytes, move |tx| {
        let record = |(index, new): &(usize, NewFeedback)| {
            let outcome = sql::attempt(tx, |tx| thumbs::record(tx, project, new))?;
            Ok((*index, Change::of(new), outcome))
        };
        job.iter().map(record).collect()
    });
    done.await
}

impl Tally {
    /// Parses items, the first of which has the place `first`; counts those that are no feedback.
    fn parse(
        &mut self,
        first: usize,
        items: &[Cow<'_, [u8]>],
        terms: Terms,
        parse: impl Fn(&[u8]) -> Result<NewFeedback, Error>,
    ) -> Job {
        let mut job = Vec::with_capacity(items.len());
        for (index, item) in (first..).zip(items) {
            match parse(item) {
                Ok(new) => job.push((index, new)),
                Err(error) => {
                    self.reject(index, &error);
                    if terms.strict {
                        break;
                    }
                }
            }
        }
        job
    }

    fn count(
        &mut self,
        app: &App,
        project: ProjectId,
        done: Result<Result<Outcomes, store::Error>, JoinError>,
    ) -> Result<(), Error> {
        let done = done.unwrap_or(Err(store::Error::Stopping))?;
        for (index, change, outcome) in done {
            match outcome {
                Ok(Outcome::OptedOut) => self.opted_out += 1,
                Ok(Outcome::Stored { created, changed }) => {
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
        Ok(())
    }
}
