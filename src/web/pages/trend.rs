//! A trend as a drawing: a line in its 95 % band, and how many thumbs each point stands on.

use serde::Serialize;

use super::front::{percent, range};
use crate::insights::trend::{Bucket, Trend};
use crate::model::text::thousands;

/// The drawing's width and height, in units of its own; the page stretches it.
const SIZE: (f64, f64) = (1_000.0, 100.0);
/// The scale begins at a multiple of this, in per cent.
const TICK: u32 = 20;

/// What the template draws.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    /// What it shows, in a sentence.
    told: String,
    /// Ticks of the scale in per cent, from the top.
    ticks: Vec<Tick>,
    /// One line and one band for each stretch of days without a gap: points of SVG.
    lines: Vec<String>,
    bands: Vec<String>,
    /// How many thumbs each day has.
    bars: Vec<Bar>,
    /// Labels of the days under it.
    first: String,
    middle: String,
    last: String,
    /// The most thumbs of a day.
    most: String,
    /// Whether days are left out of the line.
    gaps: bool,
}

#[derive(Debug, Serialize)]
struct Tick {
    percent: u32,
    y: f64,
}

/// A day's thumbs.
#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    width: f64,
    /// The height of the bar, of 100.
    height: f64,
    /// What the pointer reads.
    told: String,
}

/// Draws it; nothing to draw where no day has enough thumbs.
pub(super) fn draw(trend: &Trend) -> Option<Drawing> {
    let buckets = &trend.buckets;
    let enough = |it: &&Bucket| it.rate.is_enough();
    let share = |it: &Bucket| it.rate.rate.unwrap_or(0.0);
    let worst = buckets.iter().filter(enough).min_by(|a, b| share(a).total_cmp(&share(b)))?;
    let lowest = buckets.iter().filter(enough).map(|it| it.rate.low).fold(1.0, f64::min);
    let floor = ((lowest * 100.0) as u32 / TICK * TICK).min(100 - 2 * TICK);
    let y = |share: f64| {
        let floor = f64::from(floor) / 100.0;
        round(SIZE.1 * (1.0 - (share - floor) / (1.0 - floor)))
    };
    let width = SIZE.0 / buckets.len() as f64;
    let x = |at: usize| round((at as f64 + 0.5) * width);
    let most = buckets.iter().map(|it| it.rate.n).max().unwrap_or(1).max(1);
    let places: Vec<(usize, &Bucket)> = buckets.iter().enumerate().collect();
    let stretches = || places.split(|(_, it)| !enough(it)).filter(|it| !it.is_empty());
    let points = |of: &[(usize, &Bucket)], share: fn(&Bucket) -> f64| -> Vec<String> {
        of.iter().map(|(at, it)| format!("{},{}", x(*at), y(share(it)))).collect()
    };
    let band = |of: &[(usize, &Bucket)]| {
        let mut back = points(of, |it| it.rate.low);
        back.reverse();
        [points(of, |it| it.rate.high), back].concat().join(" ")
    };
    let label = |at: usize| buckets[at].label.clone();
    Some(Drawing {
        told: told(buckets, worst),
        ticks: (floor..=100)
            .rev()
            .step_by(TICK as usize)
            .map(|percent| Tick { percent, y: y(f64::from(percent) / 100.0) })
            .collect(),
        lines: stretches()
            .map(|it| points(it, |it| it.rate.rate.unwrap_or(0.0)).join(" "))
            .collect(),
        bands: stretches().map(band).collect(),
        bars: places
            .iter()
            .map(|(at, it)| Bar {
                x: round(*at as f64 * width),
                width: round(width),
                height: round(100.0 * it.rate.n as f64 / most as f64),
                told: day(it),
            })
            .collect(),
        first: label(0),
        middle: label(buckets.len() / 2),
        last: label(buckets.len() - 1),
        most: thousands(most),
        gaps: !buckets.iter().all(|it| enough(&it)),
    })
}

fn told(buckets: &[Bucket], worst: &Bucket) -> String {
    let (first, last) = (&buckets[0].label, &buckets[buckets.len() - 1].label);
    format!("Approval by day from {first} to {last}. Lowest on {}", day(worst))
}

/// "2026-11-11: 34 %, 29 to 39 %, n = 333".
fn day(bucket: &Bucket) -> String {
    let rate = &bucket.rate;
    match rate.rate {
        Some(share) if rate.is_enough() => {
            let within = range(rate.low, rate.high);
            format!("{}: {}, {within}, n = {}", bucket.label, percent(share), thousands(rate.n))
        }
        _ => format!("{}: {} of {}", bucket.label, rate.up, rate.n),
    }
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::approval::Rate;
    use crate::model::interval::Interval;
    use crate::model::time::Timestamp;
    use crate::model::zone::Zone;

    fn trend(days: &[(u64, u64)]) -> Trend {
        let bucket = |(at, (up, n)): (usize, &(u64, u64))| Bucket {
            start: Timestamp::EPOCH,
            label: format!("day {at}"),
            rate: Rate::of(*up, *n),
        };
        let buckets = days.iter().enumerate().map(bucket).collect();
        let (interval, overall) = (Interval::Day, Rate::of(0, 0));
        Trend { interval, zone: Zone::UTC, overall, buckets }
    }

    #[test]
    fn a_day_with_few_thumbs_is_a_gap_in_line_and_band_but_has_its_bar() {
        let drawing = draw(&trend(&[(90, 100), (80, 100), (4, 9), (50, 100)])).expect("drawn");
        assert_eq!((drawing.lines.len(), drawing.bands.len(), drawing.bars.len()), (2, 2, 4));
        assert!(drawing.gaps);
        assert_eq!(drawing.bars[2].told, "day 2: 4 of 9");
        let told = drawing.told.replace('\u{a0}', " ");
        assert!(told.ends_with("Lowest on day 3: 50 %, 40 to 60 %, n = 100"), "{told}");
    }

    #[test]
    fn every_point_lies_within_the_drawing() {
        for days in [&[(0, 10)][..], &[(10, 10), (10, 10)], &[(99, 100), (40, 100), (0, 50)]] {
            let drawing = draw(&trend(days)).expect("drawn");
            for point in drawing.lines.iter().chain(&drawing.bands).flat_map(|it| it.split(' ')) {
                let (x, y) = point.split_once(',').expect("a point");
                let (x, y): (f64, f64) = (x.parse().expect("x"), y.parse().expect("y"));
                assert!((0.0..=SIZE.0).contains(&x) && (0.0..=SIZE.1).contains(&y), "{point}");
            }
        }
    }

    #[test]
    fn of_few_thumbs_nothing_is_drawn() {
        assert!(draw(&trend(&[])).is_none());
        assert!(draw(&trend(&[(3, 4), (2, 9)])).is_none());
    }
}
