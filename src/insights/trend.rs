//! Trend: approval by hour, day or week on the clock of the project.

use serde::{Deserialize, Serialize};

use super::approval::Rate;
use crate::model::filter::Filter;
use crate::model::interval::Interval;
use crate::model::time::Timestamp;
use crate::model::zone::Zone;
use crate::warehouse::Error;
use crate::warehouse::mirror::Reader;
use crate::warehouse::trend::{Cell, by_cell, extent};

/// Most buckets of one answer.
pub(crate) const BUCKETS_MAX: usize = 10_000;

/// One hour, day or week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Bucket {
    /// Its first moment.
    pub(crate) start: Timestamp,
    /// What it is called in the project's zone: a date, for a week that of its Monday; for an
    /// hour date, time and offset.
    pub(crate) label: String,
    /// Its approval.
    #[serde(flatten)]
    pub(crate) rate: Rate,
}

/// Approval over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Trend {
    /// How long the buckets are.
    pub(crate) interval: Interval,
    /// The project's time zone: its IANA name.
    #[schema(value_type = String)]
    pub(crate) zone: Zone,
    /// Over all buckets.
    pub(crate) overall: Rate,
    /// In the order of time, without gaps. Only what the filter selects counts, also in the
    /// first and the last one.
    pub(crate) buckets: Vec<Bucket>,
}

/// There would be more than [`BUCKETS_MAX`] buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TooMany;

/// Approval over the time that the filter names or, where it names no beginning or no end, from
/// the first or to the last feedback.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn trend(
    db: &Reader,
    interval: Interval,
    zone: &Zone,
    filter: &Filter,
) -> Result<Result<Trend, TooMany>, Error> {
    let (from, to) = match (filter.since, filter.until) {
        (Some(since), Some(until)) => (since, until),
        (since, until) => match extent(db, filter)? {
            None => (Timestamp::EPOCH, Timestamp::EPOCH),
            Some((first, last)) => (since.unwrap_or(first), until.unwrap_or(last.shifted(1))),
        },
    };
    let Some(edges) = interval.edges(zone, from, to, BUCKETS_MAX) else {
        return Ok(Err(TooMany));
    };
    let filter = Filter { since: Some(from), until: Some(to), ..filter.clone() };
    let length = cell_length(&edges);
    let cells = by_cell(db, &filter, edges[0], length)?;
    let tallies = tallies(&edges, length, &cells);
    let (up, n) = tallies.iter().fold((0, 0), |(up, n), tally| (up + tally.0, n + tally.1));
    let bucket = |(start, (up, n)): (&Timestamp, (u64, u64))| Bucket {
        start: *start,
        label: interval.label(zone, *start),
        rate: Rate::of(up, n),
    };
    let buckets = edges.iter().zip(tallies).map(bucket).collect();
    Ok(Ok(Trend { interval, zone: zone.clone(), overall: Rate::of(up, n), buckets }))
}

/// The longest cell, in microseconds, such that each edge lies between two cells: with it the
/// rows are counted by plain arithmetic in one pass, whatever the zone's clock does.
pub(super) fn cell_length(edges: &[Timestamp]) -> i64 {
    let lengths = edges.windows(2).map(|pair| pair[1].micros() - pair[0].micros());
    lengths.reduce(greatest_common_divisor).unwrap_or(1)
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// (up, n) of each bucket.
fn tallies(edges: &[Timestamp], length: i64, cells: &[Cell]) -> Vec<(u64, u64)> {
    let mut tallies = vec![(0, 0); edges.len() - 1];
    for cell in cells {
        let start = edges[0].shifted(cell.cell * length);
        let bucket = edges.partition_point(|edge| *edge <= start) - 1;
        if let Some((up, n)) = tallies.get_mut(bucket) {
            *up += cell.up;
            *n += cell.n;
        }
    }
    tallies
}
