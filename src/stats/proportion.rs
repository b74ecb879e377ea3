//! A proportion and how far it can be trusted.

/// The 97.5 % quantile of the standard normal distribution: both tails together leave 5 %.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson score interval for a proportion, at 95 % confidence.
///
/// `hits`, `n`: counts, 0 ≤ hits ≤ n. Returns (low, high) with 0 ≤ low ≤ hits/n ≤ high ≤ 1;
/// nothing is known of no observations, so n = 0 gives (0, 1).
///
/// Reference: L. Brown, T. Cai & A. DasGupta, "Interval Estimation for a Binomial Proportion",
/// Statistical Science 16(2), 2001, eq. 4. The same as R's `prop.test(hits, n, correct = FALSE)`.
///
/// # Panics
/// When hits > n.
pub fn wilson(hits: u64, n: u64) -> (f64, f64) {
    assert!(hits <= n, "there are at most as many hits ({hits}) as observations ({n})");
    if n == 0 {
        return (0.0, 1.0);
    }
    let low = wilson_low(hits, n);
    // The interval of the misses is the mirror image; computing it this way keeps it exactly so.
    let high = 1.0 - wilson_low(n - hits, n);
    debug_assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
    (low, high)
}

fn wilson_low(hits: u64, n: u64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    let (x, n) = (hits as f64, n as f64);
    let (p, z2) = (x / n, Z_95 * Z_95);
    let middle = p + z2 / (2.0 * n);
    let reach = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - reach) / (1.0 + z2 / n)).clamp(0.0, p)
}

/// `part` of `whole` in per cent, rounded half up to one decimal; 0 of 0 is 0.
///
/// Computed on integers, so that 1 of 16 (6.25 %) is 6.3 and never 6.2.
///
/// # Panics
/// When part > whole.
pub fn percent_one_decimal(part: u64, whole: u64) -> f64 {
    assert!(part <= whole, "a part ({part}) is at most the whole ({whole})");
    if whole == 0 {
        return 0.0;
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let tenths = (2 * 1000 * part + whole) / (2 * whole);
    let tenths = u32::try_from(tenths).expect("at most 1000 tenths of a per cent");
    f64::from(tenths) / 10.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(hits: u64, n: u64, low: f64, high: f64) {
        let (got_low, got_high) = wilson(hits, n);
        assert!((got_low - low).abs() < 5e-5, "{hits}/{n}: low {got_low}, expected {low}");
        assert!((got_high - high).abs() < 5e-5, "{hits}/{n}: high {got_high}, expected {high}");
    }

    /// R. Newcombe, Statistics in Medicine 17, 1998, table I (method 3), and
    /// R 4.3: `prop.test(x, n, correct = FALSE)$conf.int`.
    #[test]
    fn agrees_with_published_intervals() {
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        check(5, 10, 0.2366, 0.7634);
        check(10, 10, 0.7225, 1.0);
        check(135, 150, 0.8416, 0.9385);
    }

    #[test]
    fn nothing_observed_is_nothing_known() {
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn percentages_round_half_up() {
        for (part, whole, expected) in [
            (135, 150, 90.0),
            (75, 80, 93.8),
            (1, 16, 6.3),
            (1, 3, 33.3),
            (2, 3, 66.7),
            (1, 2000, 0.1),
            (0, 7, 0.0),
            (7, 7, 100.0),
            (0, 0, 0.0),
            (u64::MAX, u64::MAX, 100.0),
        ] {
            assert_eq!(percent_one_decimal(part, whole), expected, "{part}/{whole}");
        }
    }

    fn counts() -> impl Strategy<Value = (u64, u64)> {
        (1_u64..2_000_000).prop_flat_map(|n| (0..=n, Just(n)))
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_proportion((hits, n) in counts()) {
            let (low, high) = wilson(hits, n);
            let p = hits as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
        }

        #[test]
        fn hits_and_misses_mirror_each_other((hits, n) in counts()) {
            let (low, high) = wilson(hits, n);
            let (low_of_misses, high_of_misses) = wilson(n - hits, n);
            prop_assert!((low + high_of_misses - 1.0).abs() < 1e-12);
            prop_assert!((high + low_of_misses - 1.0).abs() < 1e-12);
        }

        #[test]
        fn one_more_hit_moves_both_ends_up((hits, n) in counts()) {
            prop_assume!(hits < n);
            let (a, b) = (wilson(hits, n), wilson(hits + 1, n));
            prop_assert!(a.0 < b.0 && a.1 < b.1 || b.1 == 1.0);
        }

        #[test]
        fn more_of_the_same_narrows_the_interval((hits, n) in counts()) {
            let (a, b) = (wilson(hits, n), wilson(2 * hits, 2 * n));
            prop_assert!(b.1 - b.0 < a.1 - a.0);
        }
    }
}
