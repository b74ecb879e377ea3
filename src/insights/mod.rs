//! Analytics: a question in, a typed answer out, each rate with its count and its interval.
//!
//! The questions run where the mirror is, in the warehouse child; the answers travel as they are
//! to the API, the pages and the command line.

pub(crate) mod approval;
pub(crate) mod cohorts;
pub(crate) mod compare;
pub(crate) mod coverage;
pub(crate) mod failures;
pub(crate) mod milestones;
pub(crate) mod summary;
pub(crate) mod trend;

/// What stands for "no action type" wherever a name must stand.
pub(crate) const NO_KEY: &str = "(none)";

#[cfg(test)]
mod tests;
