//! Two sides to be held against one another.

use serde::{Deserialize, Serialize};

use super::Invalid;
use super::filter::Dimension;
use super::time::Timestamp;

/// A stretch of event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// At or after.
    pub since: Timestamp,
    /// Before.
    pub until: Timestamp,
}

/// What tells side a from side b. No feedback is on both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// When it was given.
    Periods {
        /// Side a.
        a: Period,
        /// Side b.
        b: Period,
    },
    /// The value of one dimension.
    Segments {
        /// The dimension.
        by: Dimension,
        /// Its value on side a.
        a: String,
        /// Its value on side b.
        b: String,
    },
}

impl Comparison {
    /// # Errors
    /// When a period ends before it begins, or the two overlap: their rates would hang together.
    pub fn periods(a: Period, b: Period) -> Result<Self, Invalid> {
        for (period, field) in [(a, "a_until"), (b, "b_until")] {
            if period.since >= period.until {
                return Err(Invalid::new(field, "must be later than the beginning of its period"));
            }
        }
        if a.since < b.until && b.since < a.until {
            return Err(Invalid::new("b_since", "must begin a period that does not overlap a's"));
        }
        Ok(Self::Periods { a, b })
    }

    /// # Errors
    /// When both sides are the same.
    pub fn segments(by: Dimension, a: String, b: String) -> Result<Self, Invalid> {
        if a == b {
            return Err(Invalid::new("b", "must be another value than a"));
        }
        Ok(Self::Segments { by, a, b })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_apart_and_run_forwards() {
        let period = |since: i64, until: i64| Period {
            since: Timestamp::EPOCH.shifted(since),
            until: Timestamp::EPOCH.shifted(until),
        };
        assert!(Comparison::periods(period(0, 5), period(5, 9)).is_ok());
        assert!(Comparison::periods(period(5, 9), period(0, 5)).is_ok());
        for (a, b) in [((0, 5), (4, 9)), ((0, 9), (3, 5)), ((5, 5), (6, 9)), ((0, 5), (9, 6))] {
            assert!(
                Comparison::periods(period(a.0, a.1), period(b.0, b.1)).is_err(),
                "{a:?} {b:?}"
            );
        }
    }

    #[test]
    fn segments_are_two() {
        let by = || Dimension::parse("model").expect("valid");
        assert!(Comparison::segments(by(), "x".to_owned(), "y".to_owned()).is_ok());
        assert!(Comparison::segments(by(), "x".to_owned(), "x".to_owned()).is_err());
    }
}
