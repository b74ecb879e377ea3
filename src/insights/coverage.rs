//! Coverage: how many of the answers that were shown got feedback. Beside it, as series of their
//! own, what users did with the answers without saying so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::filter::{Dimension, Filter};
use crate::stats::proportion::wilson;
use crate::warehouse::Error;
use crate::warehouse::coverage::{Acts, Shown, by_dimension, overall, signals};
use crate::warehouse::mirror::Reader;

/// The share of answers that got feedback, and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Share {
    /// Answers that were shown, as far as they were logged.
    pub(crate) shown: u64,
    /// Those of them that have feedback now.
    pub(crate) rated: u64,
    /// rated / shown, in 0..=1; none when shown = 0.
    pub(crate) rate: Option<f64>,
    /// Lower end of the 95 % Wilson interval.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

impl Share {
    /// The share of `rated` among `shown`.
    ///
    /// # Panics
    /// When rated > shown.
    pub(crate) fn of(rated: u64, shown: u64) -> Self {
        let (low, high) = wilson(rated, shown);
        let rate = (shown > 0).then(|| rated as f64 / shown as f64);
        Self { shown, rated, rate, low, high }
    }
}

/// One value of the dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CoverageGroup {
    /// The value; null where the answer has none, or where nothing is known of it.
    pub(crate) key: Option<String>,
    /// Its coverage.
    #[serde(flatten)]
    pub(crate) share: Share,
    /// Signals on its answers by kind: how many there were. Never part of any thumb or rate.
    pub(crate) signals: BTreeMap<String, u64>,
}

/// Coverage over all and by one dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Coverage {
    /// Over everything that the filter selects.
    pub(crate) overall: Share,
    /// Signals by kind over everything that the filter selects.
    pub(crate) signals: BTreeMap<String, u64>,
    /// By value, most answers first, ties by value, "none" last.
    pub(crate) groups: Vec<CoverageGroup>,
}

/// The coverage of the answers that a filter selects. Thumbs and credentials are nothing that an
/// answer has, so a filter that names one selects nothing.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn coverage(db: &Reader, by: &Dimension, filter: &Filter) -> Result<Coverage, Error> {
    Ok(of(by_dimension(db, by, filter)?, signals(db, by, filter)?))
}

/// The coverage beside a rate, over everything that a filter selects; none where it is not known
/// because nobody logs answers that got no feedback, or where the filter speaks of thumbs.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn beside(db: &Reader, filter: &Filter) -> Result<Option<Share>, Error> {
    let all = overall(db, filter)?;
    Ok((all.rated < all.shown).then(|| Share::of(all.rated, all.shown)))
}

fn of(shown: Vec<Shown>, acts: Vec<Acts>) -> Coverage {
    let mut groups: BTreeMap<Option<String>, CoverageGroup> = BTreeMap::new();
    let empty = |key: Option<String>, share| CoverageGroup { key, share, signals: BTreeMap::new() };
    let (mut all_rated, mut all_shown, mut all_signals) = (0, 0, BTreeMap::new());
    for group in shown {
        all_rated += group.rated;
        all_shown += group.shown;
        let share = Share::of(group.rated, group.shown);
        groups.insert(group.key.clone(), empty(group.key, share));
    }
    for act in acts {
        *all_signals.entry(act.kind.clone()).or_default() += act.n;
        let group = groups.entry(act.key.clone());
        group.or_insert_with(|| empty(act.key, Share::of(0, 0))).signals.insert(act.kind, act.n);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    // They are in the order of their keys; what has none belongs behind the others.
    groups.sort_by_key(|group| (std::cmp::Reverse(group.share.shown), group.key.is_none()));
    Coverage { overall: Share::of(all_rated, all_shown), signals: all_signals, groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_stand_beside_the_coverage_and_change_nothing_in_it() {
        let shown =
            |key: Option<&str>, shown, rated| Shown { key: key.map(str::to_owned), shown, rated };
        let act = |key: Option<&str>, kind: &str, n| Acts {
            key: key.map(str::to_owned),
            kind: kind.to_owned(),
            n,
        };
        let coverage = of(
            vec![shown(Some("b"), 10, 2), shown(Some("a"), 10, 1), shown(Some("c"), 20, 5)],
            vec![act(Some("a"), "copy", 7), act(None, "copy", 3), act(Some("a"), "edit", 1)],
        );
        assert_eq!((coverage.overall.shown, coverage.overall.rated), (40, 8));
        let keys: Vec<_> = coverage.groups.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(keys, [Some("c"), Some("a"), Some("b"), None]);
        assert_eq!(coverage.signals, BTreeMap::from([("copy".into(), 10), ("edit".into(), 1)]));
        assert_eq!(coverage.groups[3].share, Share::of(0, 0));
        assert_eq!(coverage.groups[3].share.rate, None);
    }
}
