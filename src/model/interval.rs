//! Hours, days and weeks on the clock of a time zone.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Invalid;
use super::time::{SECOND_US, Timestamp};
use super::zone::Zone;

/// How long the buckets of a trend are, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// From one full hour to the next; where the clock jumps, to the jump.
    Hour,
    /// One date; 23 or 25 hours long where the clock jumps.
    Day,
    /// Seven dates from a Monday on (ISO 8601).
    Week,
}

/// An hour, in seconds.
const HOUR: i64 = 3_600;

impl Interval {
    /// The edges of the buckets that cover the time from `from` up to and without `to`: each
    /// bucket goes from one edge up to and without the next. None when there would be more than
    /// `most` buckets. A bucket that began before 1970 begins there.
    pub fn edges(
        self,
        zone: &Zone,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Option<Vec<Timestamp>> {
        let mut edges = vec![self.start(zone, from)];
        let mut last = edges[0];
        while last < to {
            if edges.len() > most {
                return None;
            }
            let next = self.next(zone, last);
            if next <= last {
                // The end of all times that have a name.
                break;
            }
            edges.push(next);
            last = next;
        }
        Some(edges)
    }

    /// What a bucket is called by its start: a date, for a week that of its Monday; for an hour
    /// date, time and offset, because an hour may come twice.
    pub fn label(self, zone: &Zone, start: Timestamp) -> String {
        let local = jiff_time(start).to_zoned(zone.rules().clone());
        match self {
            Self::Hour => local.strftime("%Y-%m-%dT%H:%M%:z").to_string(),
            Self::Day | Self::Week => self.first_date(local.date()).to_string(),
        }
    }

    /// When the bucket began that this time is in.
    fn start(self, zone: &Zone, at: Timestamp) -> Timestamp {
        match self {
            Self::Hour => hour_start(zone, at),
            Self::Day | Self::Week => {
                let date = jiff_time(at).to_zoned(zone.rules().clone()).date();
                beginning(zone, self.first_date(date)).unwrap_or(at)
            }
        }
    }

    /// When the bucket ends that begins at this time.
    fn next(self, zone: &Zone, start: Timestamp) -> Timestamp {
        let days = match self {
            Self::Hour => return hour_end(zone, start),
            Self::Day => 1,
            Self::Week => 7,
        };
        let date = self.first_date(jiff_time(start).to_zoned(zone.rules().clone()).date());
        let next = date.checked_add(jiff::Span::new().days(days)).ok();
        next.and_then(|date| beginning(zone, date)).unwrap_or(start)
    }

    /// The first date of the bucket that a date is in.
    fn first_date(self, date: Date) -> Date {
        let past = match self {
            Self::Hour | Self::Day => 0,
            Self::Week => date.weekday().to_monday_zero_offset(),
        };
        date.checked_sub(jiff::Span::new().days(past)).unwrap_or(date)
    }
}

impl FromStr for Interval {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            _ => Err(Invalid::new("interval", "must be hour, day or week")),
        }
    }
}

/// The first moment of a date; where the clock jumps over the whole date, that of the next one.
fn beginning(zone: &Zone, date: Date) -> Option<Timestamp> {
    let local = date.to_zoned(zone.rules().clone()).ok()?;
    Some(ours(local.timestamp().as_second()))
}

fn hour_start(zone: &Zone, at: Timestamp) -> Timestamp {
    let (rules, at) = (zone.rules(), jiff_time(at));
    let offset = rules.to_offset(at);
    let local = at.as_second() + i64::from(offset.seconds());
    let full = at.as_second() - local.rem_euclid(HOUR);
    if rules.to_offset(seconds(full)) == offset {
        return ours(full);
    }
    // The clock jumped since the full hour.
    let jumps = rules.preceding(seconds(at.as_second() + 1));
    let here =
        jumps.take_while(|jump| jump.timestamp().as_second() > full && jump.offset() == offset);
    here.last().map_or(ours(full), |jump| ours(jump.timestamp().as_second()))
}

fn hour_end(zone: &Zone, start: Timestamp) -> Timestamp {
    let (rules, start) = (zone.rules(), jiff_time(start));
    let offset = rules.to_offset(start);
    let local = start.as_second() + i64::from(offset.seconds());
    let full = start.as_second() - local.rem_euclid(HOUR) + HOUR;
    if rules.to_offset(seconds(full - 1)) == offset {
        return ours(full);
    }
    // The clock jumps before the next full hour.
    let mut jumps = rules.following(start);
    let jump = jumps.find(|jump| jump.offset() != offset);
    jump.map_or(ours(full), |jump| ours(jump.timestamp().as_second()))
}

fn jiff_time(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::MAX)
}

fn seconds(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX)
}

/// Held within the range of our type.
fn ours(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.shifted(seconds * SECOND_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("valid")
    }

    #[track_caller]
    fn check(interval: Interval, zone: &str, from: &str, to: &str, expected: &[(&str, &str)]) {
        let zone = zone.parse().expect("known");
        let edges = interval.edges(&zone, time(from), time(to), 100).expect("few");
        let (_, buckets) = edges.split_last().expect("some");
        let found: Vec<_> =
            buckets.iter().map(|it| (it.to_string(), interval.label(&zone, *it))).collect();
        let expected: Vec<_> =
            expected.iter().map(|(start, label)| (start.to_string(), label.to_string())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn days_are_shorter_or_longer_where_the_clock_jumps() {
        check(
            Interval::Day,
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "2026-03-30T00:00:00Z",
            &[
                ("2026-03-27T23:00:00Z", "2026-03-28"),
                ("2026-03-28T23:00:00Z", "2026-03-29"),
                ("2026-03-29T22:00:00Z", "2026-03-30"),
            ],
        );
        check(
            Interval::Day,
            "America/New_York",
            "2026-11-01T12:00:00Z",
            "2026-11-02T05:00:00Z",
            &[("2026-11-01T04:00:00Z", "2026-11-01")],
        );
    }

    #[test]
    fn a_date_that_never_was_has_no_bucket() {
        check(
            Interval::Day,
            "Pacific/Apia",
            "2011-12-29T12:00:00Z",
            "2012-01-01T09:00:00Z",
            &[
                ("2011-12-29T10:00:00Z", "2011-12-29"),
                ("2011-12-30T10:00:00Z", "2011-12-31"),
                ("2011-12-31T10:00:00Z", "2012-01-01"),
            ],
        );
    }

    #[test]
    fn hours_end_where_the_clock_jumps() {
        check(
            Interval::Hour,
            "Europe/Berlin",
            "2026-10-25T00:30:00Z",
            "2026-10-25T02:30:00Z",
            &[
                ("2026-10-25T00:00:00Z", "2026-10-25T02:00+02:00"),
                ("2026-10-25T01:00:00Z", "2026-10-25T02:00+01:00"),
                ("2026-10-25T02:00:00Z", "2026-10-25T03:00+01:00"),
            ],
        );
        // Half an hour back: 02:00 becomes 01:30.
        check(
            Interval::Hour,
            "Australia/Lord_Howe",
            "2026-04-04T14:30:00Z",
            "2026-04-04T15:45:00Z",
            &[
                ("2026-04-04T14:00:00Z", "2026-04-05T01:00+11:00"),
                ("2026-04-04T15:00:00Z", "2026-04-05T01:30+10:30"),
                ("2026-04-04T15:30:00Z", "2026-04-05T02:00+10:30"),
            ],
        );
        // An hour that began before the jump and is asked for after it.
        check(
            Interval::Hour,
            "Australia/Lord_Howe",
            "2026-04-04T15:10:00Z",
            "2026-04-04T15:20:00Z",
            &[("2026-04-04T15:00:00Z", "2026-04-05T01:30+10:30")],
        );
        check(
            Interval::Hour,
            "Asia/Kolkata",
            "2026-04-04T15:10:00Z",
            "2026-04-04T15:30:00Z",
            &[("2026-04-04T14:30:00Z", "2026-04-04T20:00+05:30")],
        );
    }

    #[test]
    fn weeks_start_on_mondays() {
        check(
            Interval::Week,
            "Europe/Berlin",
            "2026-10-25T22:59:59Z",
            "2026-10-26T12:00:00Z",
            &[("2026-10-18T22:00:00Z", "2026-10-19"), ("2026-10-25T23:00:00Z", "2026-10-26")],
        );
    }

    #[test]
    fn the_ends_of_time_are_buckets_too() {
        check(
            Interval::Week,
            "America/New_York",
            "1970-01-01T00:00:00Z",
            "1970-01-05T12:00:00Z",
            &[("1970-01-01T00:00:00Z", "1969-12-29"), ("1970-01-05T05:00:00Z", "1970-01-05")],
        );
        for interval in [Interval::Hour, Interval::Day, Interval::Week] {
            for zone in ["Pacific/Kiritimati", "America/New_York"] {
                let from = time("9999-12-29T00:00:00Z");
                let end = from.shifted(i64::MAX);
                let zone = zone.parse().expect("known");
                assert!(interval.edges(&zone, from, end, 1_000).is_some());
            }
        }
    }

    #[test]
    fn there_are_no_more_buckets_than_wanted() {
        let (from, to) = (time("2026-01-01T00:00:00Z"), time("2026-01-11T00:00:00Z"));
        let edges = |most| Interval::Day.edges(&Zone::UTC, from, to, most);
        assert_eq!(edges(10).expect("ten").len(), 11);
        assert_eq!(edges(9), None);
        assert_eq!(Interval::Day.edges(&Zone::UTC, from, from, 9).expect("none").len(), 1);
    }
}
