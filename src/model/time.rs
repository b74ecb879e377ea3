//! Points in time as whole microseconds UTC, the resolution of both databases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Invalid;

/// Microseconds since 1970-01-01T00:00:00Z, up to 9999-12-30T22:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(i64);

/// One second, in microseconds.
pub const SECOND_US: i64 = 1_000_000;
/// One day, in microseconds.
pub const DAY_US: i64 = 86_400 * SECOND_US;

/// The last microsecond that has a date of four-digit years in every time zone, and the last one
/// that jiff can write.
const MAX_US: i64 = 253_402_207_200_000_000;

impl Timestamp {
    /// The first of all times: 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// # Errors
    /// When the time is before 1970 or after 9999.
    pub fn from_micros(us: i64) -> Result<Self, Invalid> {
        if (0..=MAX_US).contains(&us) {
            Ok(Self(us))
        } else {
            Err(Invalid::new("time", "must lie between the years 1970 and 9999"))
        }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The first moment, in UTC, of a date such as 2026-11-23.
    ///
    /// # Errors
    /// When the text is no such date, or the date is before 1970.
    pub fn of_date(text: &str) -> Result<Self, Invalid> {
        let date = text.parse::<jiff::civil::Date>().ok();
        let midnight = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
        midnight
            .and_then(|it| Self::from_micros(it.timestamp().as_microsecond()).ok())
            .ok_or_else(|| Invalid::new("date", "must be a date such as 2026-11-23"))
    }

    /// The first moment of its day in UTC.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        Self(self.0 - self.0 % DAY_US)
    }

    /// This time so many days of 24 hours later.
    #[must_use]
    pub fn days_later(self, days: u32) -> Self {
        self.shifted(i64::from(days) * DAY_US)
    }

    /// Its day of the week in UTC: 0 for Monday to 6 for Sunday.
    pub const fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        ((self.0 / DAY_US + 3) % 7) as usize
    }

    /// This time moved by `us` microseconds, held within the range of the type.
    #[must_use]
    pub fn shifted(self, us: i64) -> Self {
        Self(self.0.saturating_add(us).clamp(0, MAX_US))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_microsecond(self.0).map_err(|_| fmt::Error)?;
        time.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    /// Reads RFC 3339; digits below a microsecond are cut off.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .and_then(|time| Self::from_micros(time.as_microsecond()).ok())
            .ok_or_else(|| {
                Invalid::new("time", "must be RFC 3339 with a zone, such as 2026-11-23T08:00:00Z")
            })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_days_and_their_names() {
        let monday = Timestamp::of_date("2026-11-23").expect("a date");
        assert_eq!(monday.to_string(), "2026-11-23T00:00:00Z");
        assert_eq!(monday.shifted(DAY_US - 1).start_of_day(), monday);
        assert_eq!((monday.weekday(), monday.shifted(-1).weekday()), (0, 6));
        for bad in ["", "2026-02-30", "23.11.2026", "1969-12-31", "tomorrow"] {
            assert!(Timestamp::of_date(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_and_writes_rfc_3339() {
        for (text, shown) in [
            ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"),
            ("2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00.123456Z"),
            ("2026-11-23T08:00:00+02:00", "2026-11-23T06:00:00Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().expect("valid").to_string(), shown);
        }
        let end = Timestamp::EPOCH.shifted(i64::MAX).to_string();
        assert_eq!(end, "9999-12-30T22:00:00Z", "the last of all times has a name");
        for bad in ["", "2026-11-23", "2026-11-23T08:00:00", "1969-12-31T23:59:59Z", "soon"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}
