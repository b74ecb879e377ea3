//! The difference of two proportions and how far it can be trusted.

use super::proportion::wilson;

/// Newcombe's hybrid score interval for the difference of two independent proportions, at 95 %
/// confidence.
///
/// `a`, `b`: (hits, n) with 0 ≤ hits ≤ n. Returns (low, high) of a − b, within −1..=1 and around
/// the observed difference; with n = 0 on a side nothing is known of that side, which then counts
/// as the whole of 0..=1.
///
/// Reference: R. Newcombe, "Interval estimation for the difference between independent
/// proportions: comparison of eleven methods", Statistics in Medicine 17, 1998, 873–890,
/// method 10.
///
/// # Panics
/// When hits > n on a side.
pub fn newcombe(a: (u64, u64), b: (u64, u64)) -> (f64, f64) {
    let (side_a, side_b) = (Side::of(a), Side::of(b));
    if a.1 == 0 || b.1 == 0 {
        return (side_a.low - side_b.high, side_a.high - side_b.low);
    }
    let difference = side_a.rate - side_b.rate;
    let below = (side_a.rate - side_a.low).hypot(side_b.high - side_b.rate);
    let above = (side_a.high - side_a.rate).hypot(side_b.rate - side_b.low);
    ((difference - below).max(-1.0), (difference + above).min(1.0))
}

struct Side {
    rate: f64,
    low: f64,
    high: f64,
}

impl Side {
    fn of((hits, n): (u64, u64)) -> Self {
        let (low, high) = wilson(hits, n);
        Self { rate: hits as f64 / n.max(1) as f64, low, high }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Newcombe 1998, table II, method 10.
    #[test]
    fn agrees_with_published_intervals() {
        for (a, b, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let (got_low, got_high) = newcombe(a, b);
            assert!((got_low - low).abs() < 5e-5, "{a:?} − {b:?}: low {got_low}");
            assert!((got_high - high).abs() < 5e-5, "{a:?} − {b:?}: high {got_high}");
        }
    }

    #[test]
    fn of_a_side_without_observations_nothing_is_known() {
        assert_eq!(newcombe((0, 0), (0, 0)), (-1.0, 1.0));
        let (low, high) = wilson(5, 10);
        assert_eq!(newcombe((5, 10), (0, 0)), (low - 1.0, high));
    }

    fn counts() -> impl Strategy<Value = (u64, u64)> {
        (1_u64..100_000).prop_flat_map(|n| (0..=n, Just(n)))
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_difference_and_turns_with_it(a in counts(), b in counts()) {
            let (low, high) = newcombe(a, b);
            let difference = a.0 as f64 / a.1 as f64 - b.0 as f64 / b.1 as f64;
            prop_assert!(-1.0 <= low && low <= difference && difference <= high && high <= 1.0);
            let (turned_low, turned_high) = newcombe(b, a);
            prop_assert!((low + turned_high).abs() < 1e-12 && (high + turned_low).abs() < 1e-12);
        }
    }
}
