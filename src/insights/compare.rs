//! Comparison: do two periods or two segments differ, and by how much?

use serde::{Deserialize, Serialize};

use super::approval::Rate;
use crate::model::comparison::Comparison;
use crate::model::filter::Filter;
use crate::stats::difference::newcombe;
use crate::warehouse::Error;
use crate::warehouse::compare::tallies;
use crate::warehouse::mirror::Reader;

/// How a difference is judged.
const METHOD: &str = "95 % hybrid score interval (Newcombe 1998, method 10)";

/// The difference of two rates, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Difference {
    /// The rate of b minus that of a, in -1..=1; none when a side has no feedback.
    pub(crate) difference: Option<f64>,
    /// Lower end of its 95 % interval. Where the interval holds 0, the sides may be alike.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
    /// How the interval is found.
    pub(crate) method: String,
}

/// Two sides, and what lies between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Compared {
    /// Approval of side a.
    pub(crate) a: Rate,
    /// Approval of side b.
    pub(crate) b: Rate,
    /// From a to b.
    pub(crate) change: Difference,
}

/// Compares the two sides within what the filter selects.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn compare(
    db: &Reader,
    comparison: &Comparison,
    filter: &Filter,
) -> Result<Compared, Error> {
    let [a, b] = tallies(db, comparison, filter)?;
    let (low, high) = newcombe(b, a);
    let (a, b) = (Rate::of(a.0, a.1), Rate::of(b.0, b.1));
    let difference = a.rate.zip(b.rate).map(|(a, b)| b - a);
    let change = Difference { difference, low, high, method: METHOD.to_owned() };
    Ok(Compared { a, b, change })
}
