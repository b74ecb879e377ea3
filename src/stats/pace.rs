//! How often something happens, and how far that can be trusted.

use super::proportion::Z_95;

/// Score interval for the expected number of events behind an observed one, at 95 % confidence,
/// taking the events as independent of one another (Poisson).
///
/// Returns (low, high) with 0 ≤ low ≤ events ≤ high: the two λ with (events − λ)² = z² λ. Of no
/// events it gives (0, z²): up to 3.84 may have been expected.
///
/// Reference: L. Barker, "A Comparison of Nine Confidence Intervals for a Poisson Parameter When
/// the Expected Number of Events Is ≤ 5", The American Statistician 56(2), 2002, the score
/// interval; for a proportion the same idea gives Wilson's.
pub fn poisson_score(events: u64) -> (f64, f64) {
    let x = events as f64;
    let half = Z_95 * Z_95 / 2.0;
    let reach = Z_95 * (x + half / 2.0).sqrt();
    if events == 0 { (0.0, 2.0 * half) } else { (x + half - reach, x + half + reach) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_one_score_away() {
        for events in [0, 1, 3, 10, 250, 1_000_000] {
            let (low, high) = poisson_score(events);
            let x = events as f64;
            assert!(0.0 <= low && low <= x && x <= high, "{events}: {low} to {high}");
            for end in [low, high] {
                let off = (x - end).powi(2) - Z_95 * Z_95 * end;
                assert!(off.abs() < 1e-6 * (1.0 + x), "{events}: {end}");
            }
        }
    }

    /// By hand: 10 + 1.92073 ± 1.95996 √(10 + 0.96036) = 11.92073 ± 6.48876.
    #[test]
    fn agrees_with_a_value_computed_by_hand() {
        let (low, high) = poisson_score(10);
        assert!((low - 5.43197).abs() < 5e-5 && (high - 18.40949).abs() < 5e-5, "{low}, {high}");
    }
}
