//! Cohorts: who came when, who stayed, and whether they like it.

use serde::{Deserialize, Serialize};

use super::approval::Rate;
use super::trend::{BUCKETS_MAX, TooMany, cell_length};
use crate::model::filter::Filter;
use crate::model::interval::Interval;
use crate::model::time::Timestamp;
use crate::model::zone::Zone;
use crate::warehouse::Error;
use crate::warehouse::cohorts::{Votes, by_week, extent};
use crate::warehouse::mirror::Reader;

/// Users, and the approval of their feedback.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Voters {
    /// Different users.
    pub(crate) voters: u64,
    /// The approval of what they gave.
    #[serde(flatten)]
    pub(crate) rate: Rate,
}

/// The users who were first seen in one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Cohort {
    /// The week's first moment.
    pub(crate) start: Timestamp,
    /// The date of its Monday.
    pub(crate) label: String,
    /// How many users they are, whatever the filter says.
    pub(crate) size: u64,
    /// The approval of all that they gave and that the filter selects.
    #[serde(flatten)]
    pub(crate) rate: Rate,
    /// How many of them gave such feedback in that week, the next one, and so on, up to the last
    /// week with any.
    pub(crate) voters_by_week: Vec<u64>,
}

/// The voters of one week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CohortWeek {
    /// The week's first moment.
    pub(crate) start: Timestamp,
    /// The date of its Monday.
    pub(crate) label: String,
    /// Those who were first seen in this very week.
    pub(crate) new: Voters,
    /// Those who were seen before.
    pub(crate) returning: Voters,
}

/// Users by the week in which they were first seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Cohorts {
    /// The project's time zone: its IANA name.
    #[schema(value_type = String)]
    pub(crate) zone: Zone,
    /// Over all weeks: what the filter selects.
    pub(crate) overall: Rate,
    /// By week of the first feedback, oldest first; weeks in which nobody came are left out.
    pub(crate) cohorts: Vec<Cohort>,
    /// By week of the vote, oldest first, without gaps.
    pub(crate) weeks: Vec<CohortWeek>,
}

/// The cohorts of a project. Who is new is decided by all feedback before the filter's `until`;
/// everything else that the filter leaves out does not count as a vote.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn cohorts(
    db: &Reader,
    zone: &Zone,
    filter: &Filter,
) -> Result<Result<Cohorts, TooMany>, Error> {
    let Some((first, last)) = extent(db, filter.until)? else {
        let overall = Rate::of(0, 0);
        let none = Cohorts { zone: zone.clone(), overall, cohorts: vec![], weeks: vec![] };
        return Ok(Ok(none));
    };
    let end = last.shifted(1);
    let Some(edges) = Interval::Week.edges(zone, first, end, BUCKETS_MAX) else {
        return Ok(Err(TooMany));
    };
    let length = cell_length(&edges);
    let start = edges[0];
    let cell = |edge: &Timestamp| (edge.micros() - start.micros()) / length;
    let cells: Vec<_> = edges.iter().map(cell).collect();
    let votes = by_week(db, filter, (start, end), length, &cells)?;
    Ok(Ok(of(zone, &edges, &votes)))
}

fn of(zone: &Zone, edges: &[Timestamp], votes: &[Votes]) -> Cohorts {
    let label = |week: usize| Interval::Week.label(zone, edges[week]);
    let total = |mine: &dyn Fn(&&Votes) -> bool| {
        let sum = votes
            .iter()
            .filter(mine)
            .fold((0, 0, 0), |(voters, up, n), it| (voters + it.voters, up + it.up, n + it.n));
        Voters { voters: sum.0, rate: Rate::of(sum.1, sum.2) }
    };
    let weeks = 0..edges.len() - 1;
    let voting = |week: usize| votes.iter().any(|it| it.week == week && it.n > 0);
    let from = weeks.clone().find(|week| voting(*week)).unwrap_or(weeks.end);
    let to = weeks.clone().rfind(|week| voting(*week)).map_or(from, |last| last + 1);
    let cohort = |week: usize| {
        let came = votes.iter().find(|it| it.first_week == week && it.week == week)?;
        let theirs = || votes.iter().filter(|it| it.first_week == week);
        let last = theirs().filter(|it| it.voters > 0).map(|it| it.week).max();
        let mut voters_by_week = vec![0; last.map_or(0, |last| last + 1 - week)];
        for it in theirs().filter(|it| it.voters > 0) {
            voters_by_week[it.week - week] = it.voters;
        }
        Some(Cohort {
            start: edges[week],
            label: label(week),
            size: came.users,
            rate: total(&|it| it.first_week == week).rate,
            voters_by_week,
        })
    };
    Cohorts {
        zone: zone.clone(),
        overall: total(&|_| true).rate,
        cohorts: weeks.filter_map(cohort).collect(),
        weeks: (from..to)
            .map(|week| CohortWeek {
                start: edges[week],
                label: label(week),
                new: total(&|it| it.week == week && it.first_week == week),
                returning: total(&|it| it.week == week && it.first_week < week),
            })
            .collect(),
    }
}
