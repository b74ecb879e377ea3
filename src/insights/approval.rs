//! Approval: thumbs up of all thumbs, by any one dimension, each with its interval.

use serde::{Deserialize, Serialize};

use super::coverage::{Share, beside};
use crate::model::filter::{Dimension, Filter};
use crate::stats::proportion::wilson;
use crate::warehouse::Error;
use crate::warehouse::approval::by_dimension;
use crate::warehouse::mirror::Reader;
use crate::warehouse::summary::Tally;

/// A rate and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Rate {
    /// Feedback that was counted.
    pub(crate) n: u64,
    /// Thumbs up among it.
    pub(crate) up: u64,
    /// Thumbs down among it.
    pub(crate) down: u64,
    /// up / n, in 0..=1; none when n = 0.
    pub(crate) rate: Option<f64>,
    /// Lower end of the 95 % Wilson interval.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

impl Rate {
    /// With fewer, a share says little and is shown as a count.
    const ENOUGH: u64 = 10;

    /// Whether so much was counted that the share means something.
    pub(crate) const fn is_enough(&self) -> bool {
        self.n >= Self::ENOUGH
    }

    /// The rate of `up` among `n`.
    ///
    /// # Panics
    /// When up > n.
    pub(crate) fn of(up: u64, n: u64) -> Self {
        let (low, high) = wilson(up, n);
        let rate = (n > 0).then(|| up as f64 / n as f64);
        Self { n, up, down: n - up, rate, low, high }
    }
}

/// One value of the dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Group {
    /// The value; null where the feedback has none.
    pub(crate) key: Option<String>,
    /// Its approval.
    #[serde(flatten)]
    pub(crate) rate: Rate,
}

/// Approval over all and by one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Approval {
    /// Over everything that the filter selects.
    pub(crate) overall: Rate,
    /// The share of answers in it that got feedback at all; null where it is not known because
    /// nobody logs answers without feedback, or where the filter speaks of thumbs.
    pub(crate) coverage: Option<Share>,
    /// By value, most feedback first, ties by value, "none" last.
    pub(crate) groups: Vec<Group>,
}

/// The approval of what a filter selects.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn approval(db: &Reader, by: &Dimension, filter: &Filter) -> Result<Approval, Error> {
    Ok(of(by_dimension(db, by, filter)?, beside(db, filter)?))
}

fn of(tallies: Vec<Tally>, coverage: Option<Share>) -> Approval {
    // One scan gives both, so the header always is the sum of the rows under it.
    let (up, n) = tallies.iter().fold((0, 0), |(up, n), tally| (up + tally.up, n + tally.n));
    let mut groups: Vec<_> = tallies
        .into_iter()
        .map(|tally| Group { key: tally.key, rate: Rate::of(tally.up, tally.n) })
        .collect();
    groups.sort_by(|a, b| {
        let by_key = || (a.key.is_none(), &a.key).cmp(&(b.key.is_none(), &b.key));
        b.rate.n.cmp(&a.rate.n).then_with(by_key)
    });
    Approval { overall: Rate::of(up, n), coverage, groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_sum_of_the_rows() {
        let tally = |key: Option<&str>, n, up| Tally { key: key.map(str::to_owned), n, up };
        let rows = vec![tally(Some("a"), 10, 9), tally(None, 20, 5), tally(Some("c"), 20, 1)];
        let approval = of(rows, None);
        assert_eq!((approval.overall.n, approval.overall.up, approval.overall.down), (50, 15, 35));
        let keys: Vec<_> = approval.groups.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(keys, [Some("c"), None, Some("a")]);
    }

    #[test]
    fn of_nothing_there_is_no_rate() {
        let approval = of(Vec::new(), None);
        assert_eq!(approval.overall.rate, None);
        assert_eq!((approval.overall.low, approval.overall.high), (0.0, 1.0));
    }
}
