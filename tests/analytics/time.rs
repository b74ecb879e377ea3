//! The trend, found by walking through time in small steps and looking at a wall clock.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::Bench;
use super::naive::{Filter, MINUTE, Vote, check_rate, rfc3339};

/// The clocks of the zones under test show full, half and quarter hours when they jump.
const STEP: i64 = 15 * MINUTE;

/// What the wall shows of the bucket that a time is in: it changes where the bucket does.
fn shown(interval: &str, zone: &TimeZone, us: i64) -> String {
    let local = jiff::Timestamp::from_microsecond(us).expect("in range").to_zoned(zone.clone());
    match interval {
        "hour" => format!("{} {} {}", local.date(), local.hour(), local.offset()),
        "day" => local.date().to_string(),
        "week" => {
            let week = local.iso_week_date();
            let monday = jiff::civil::ISOWeekDate::new(week.year(), week.week(), Weekday::Monday);
            monday.expect("a date").date().to_string()
        }
        other => panic!("no interval {other}"),
    }
}

/// The first moment of the bucket that a time is in.
pub(super) fn start(interval: &str, zone: &TimeZone, us: i64) -> i64 {
    let here = shown(interval, zone, us);
    let mut start = us - us.rem_euclid(STEP);
    while shown(interval, zone, start - STEP) == here {
        start -= STEP;
    }
    start
}

/// The first moments of all buckets from `from` up to and without `to`.
fn starts(interval: &str, zone: &TimeZone, from: i64, to: i64) -> Vec<i64> {
    let mut starts = vec![start(interval, zone, from)];
    let mut here = shown(interval, zone, from);
    let mut at = starts[0] + STEP;
    while at < to {
        let now = shown(interval, zone, at);
        if now != here {
            starts.push(at);
            here = now;
        }
        at += STEP;
    }
    starts
}

fn label(interval: &str, zone: &TimeZone, start: i64) -> String {
    if interval != "hour" {
        return shown(interval, zone, start);
    }
    let local = jiff::Timestamp::from_microsecond(start).expect("in range").to_zoned(zone.clone());
    let offset = local.offset().seconds();
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    let (hour, minute) = (local.hour(), local.minute());
    format!("{}T{hour:02}:{minute:02}{sign}{hours:02}:{minutes:02}", local.date())
}

pub(super) fn trend(bench: &mut Bench<'_>, filter: &Filter) {
    for interval in ["hour", "day", "week"] {
        let what = format!("{} trend by {interval} {filter:?}", bench.name);
        let found = bench.ask("/api/analytics/trend", &[("interval", interval.into())], filter);
        let chosen = bench.rows.chosen(filter);
        check_rate(&what, &found["overall"], &chosen);
        let first = filter.since.or(chosen.iter().map(|vote| vote.at).min());
        let last = chosen.iter().map(|vote| vote.at + 1).max();
        let expected = match first.zip(filter.until.or(last)) {
            // With one end alone, the other is where the feedback ends; without any, nowhere.
            Some((from, to)) if from < to && (last.is_some() || both(filter)) => {
                starts(interval, &bench.zone, from, to)
            }
            _ => Vec::new(),
        };
        let buckets = found["buckets"].as_array().expect("a list");
        assert_eq!(buckets.len(), expected.len(), "{what}");
        for (index, (bucket, start)) in buckets.iter().zip(&expected).enumerate() {
            let end = expected.get(index + 1).copied().unwrap_or(i64::MAX);
            let within = |vote: &&&Vote| (*start..end).contains(&vote.at);
            assert_eq!(bucket["start"], rfc3339(*start), "{what}");
            assert_eq!(bucket["label"], label(interval, &bench.zone, *start), "{what}");
            check_rate(&what, bucket, chosen.iter().filter(within));
        }
    }
}

fn both(filter: &Filter) -> bool {
    filter.since.is_some() && filter.until.is_some()
}
