//! Milestones: how far the project has come, what is next, and when the first fine-tune is due.

use serde::{Deserialize, Serialize};

use crate::model::filter::Filter;
use crate::model::time::{DAY_US, Timestamp};
use crate::stats::pace::poisson_score;
use crate::warehouse::Error;
use crate::warehouse::milestones::{Standing, standing};
use crate::warehouse::mirror::Reader;

/// The pace is that of so many days, or of the time since the first feedback if that is less.
const WINDOW_DAYS: i64 = 28;

/// The milestones: users, the feedback a week that they may be expected to give, what it is
/// good for.
const MILESTONES: [(u64, u64, &str); 4] = [
    (10, 50, "initial patterns"),
    (100, 500, "clear trends"),
    (1_000, 5_000, "first fine-tune"),
    (10_000, 50_000, "major improvements"),
];

/// Positives with text at which a first fine-tune is worth trying, and at which it is safe.
const FINE_TUNE_AT: [u64; 2] = [500, 1_000];

/// How a date is found.
const METHOD: &str = "positives that are missing, at the pace of the last weeks; 95 % score \
                      interval of a Poisson count (Barker 2002) for the pace, which takes thumbs \
                      as independent of one another";

/// One milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Milestone {
    /// Users that it usually takes.
    pub(crate) users: u64,
    /// Feedback a week that it takes.
    pub(crate) feedback_a_week: u64,
    /// What becomes possible.
    pub(crate) gain: String,
    /// Whether there is as much feedback a week.
    pub(crate) reached: bool,
}

/// How much comes in a week, and how far that can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Pace {
    /// What was counted.
    pub(crate) n: u64,
    /// The days in which it came: 28, or as many as there has been feedback.
    pub(crate) days: f64,
    /// A week.
    pub(crate) a_week: f64,
    /// Lower end of the 95 % interval.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

/// When a number of positives will have come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Due {
    /// Positives with text that it takes.
    pub(crate) positives: u64,
    /// Whether there are as many.
    pub(crate) reached: bool,
    /// When there will be at the present pace; null when reached, and without any pace.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expected_at: Option<Timestamp>,
    /// The same at the upper end of the pace's interval.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) earliest_at: Option<Timestamp>,
    /// The same at the lower end; null when that end is no pace at all.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) latest_at: Option<Timestamp>,
}

/// How far the project has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Milestones {
    /// As of when.
    pub(crate) as_of: Timestamp,
    /// Different users who gave feedback.
    pub(crate) users: u64,
    /// Feedback a week.
    pub(crate) feedback: Pace,
    /// Thumbs up whose prompt and answer are known: what a model can be trained with.
    pub(crate) positives: u64,
    /// Such positives a week.
    pub(crate) positives_pace: Pace,
    /// Every milestone, lowest first.
    pub(crate) milestones: Vec<Milestone>,
    /// The first one that is not reached; null when all are.
    pub(crate) next: Option<Milestone>,
    /// The first fine-tune: worth trying, and safe.
    pub(crate) first_fine_tune: Vec<Due>,
    /// How its dates are found.
    pub(crate) method: String,
}

/// Where the project stands now, counting what the filter selects.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn milestones(
    db: &Reader,
    filter: &Filter,
    now: Timestamp,
) -> Result<Milestones, Error> {
    let from = now.shifted(-WINDOW_DAYS * DAY_US);
    Ok(of(&standing(db, filter, from, now)?, now))
}

fn of(standing: &Standing, now: Timestamp) -> Milestones {
    let age = standing.first_at.map_or(0, |first| now.micros() - first.micros());
    // Of less than a day nobody can tell what a week will bring.
    let days = (age as f64 / DAY_US as f64).clamp(1.0, WINDOW_DAYS as f64);
    let feedback = pace(standing.recent, days);
    let positives_pace = pace(standing.recent_positives, days);
    let milestones: Vec<_> = MILESTONES
        .iter()
        .map(|&(users, feedback_a_week, gain)| Milestone {
            users,
            feedback_a_week,
            gain: gain.to_owned(),
            reached: feedback.a_week >= feedback_a_week as f64,
        })
        .collect();
    Milestones {
        as_of: now,
        users: standing.users,
        feedback,
        positives: standing.positives,
        positives_pace,
        next: milestones.iter().find(|milestone| !milestone.reached).cloned(),
        milestones,
        first_fine_tune: FINE_TUNE_AT
            .iter()
            .map(|&goal| due(goal, standing.positives, &positives_pace, now))
            .collect(),
        method: METHOD.to_owned(),
    }
}

fn pace(n: u64, days: f64) -> Pace {
    let (low, high) = poisson_score(n);
    let weeks = days / 7.0;
    Pace { n, days, a_week: n as f64 / weeks, low: low / weeks, high: high / weeks }
}

fn due(goal: u64, have: u64, pace: &Pace, now: Timestamp) -> Due {
    let reached = have >= goal;
    let missing = goal.saturating_sub(have);
    let at = |a_week: f64| {
        (!reached && a_week > 0.0).then(|| {
            let us = missing as f64 / a_week * 7.0 * DAY_US as f64;
            // A float beyond the whole numbers becomes the largest of them; then comes the end
            // of time.
            now.shifted(us.ceil() as i64)
        })
    };
    Due {
        positives: goal,
        reached,
        expected_at: at(pace.a_week),
        earliest_at: at(pace.high),
        latest_at: at(pace.low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().expect("valid")
    }

    fn standing(recent: u64, positives: u64, days: i64) -> Standing {
        Standing {
            users: 12,
            positives,
            recent,
            recent_positives: recent / 2,
            first_at: Some(now().shifted(-days * DAY_US)),
        }
    }

    #[test]
    fn the_next_milestone_is_the_first_that_the_pace_does_not_reach() {
        let found = of(&standing(240, 120, 90), now());
        assert_eq!((found.feedback.n, found.feedback.a_week), (240, 60.0));
        let reached: Vec<_> = found.milestones.iter().map(|it| it.reached).collect();
        assert_eq!(reached, [true, false, false, false]);
        assert_eq!(found.next.expect("one").feedback_a_week, 500);
        assert_eq!(of(&standing(200_000, 0, 90), now()).next, None);
    }

    #[test]
    fn the_first_fine_tune_is_due_when_the_missing_positives_have_come() {
        // 120 in 28 days is 30 a week; 380 more take 12 weeks and 4.67 days.
        let found = of(&standing(240, 120, 90), now());
        let first = &found.first_fine_tune[0];
        let days = (first.expected_at.expect("some").micros() - now().micros()) / DAY_US;
        assert_eq!((first.positives, first.reached, days), (500, false, 88));
        assert!(first.earliest_at < first.expected_at && first.expected_at < first.latest_at);
        let reached = &of(&standing(240, 500, 90), now()).first_fine_tune[0];
        assert_eq!((reached.reached, reached.expected_at), (true, None));
    }

    #[test]
    fn a_young_project_has_the_pace_of_its_days_and_an_empty_one_has_none() {
        assert_eq!(of(&standing(20, 10, 7), now()).feedback.a_week, 20.0);
        let empty = Standing { users: 0, recent: 0, first_at: None, ..standing(0, 0, 0) };
        let found = of(&empty, now());
        let due = &found.first_fine_tune[0];
        assert_eq!((due.expected_at, due.latest_at), (None, None));
        assert!(due.earliest_at.is_some(), "nothing yet does not mean never");
        assert_eq!(found.next.expect("one").users, 10);
    }
}
