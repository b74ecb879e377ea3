//! Time zones, from the database that this program brings along.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Invalid;

/// A time zone with an IANA name, such as `Europe/Berlin`.
///
/// Its rules are compiled in: the same question has the same answer on every machine, and inside
/// the warehouse child, which may read no system files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Without daylight saving, everywhere the same.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The rules.
    pub(super) fn rules(&self) -> &TimeZone {
        &self.0
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    /// Reads an IANA name, letter case ignored.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = TimeZoneDatabase::bundled().get(text).ok();
        found.filter(|rules| rules.iana_name().is_some()).map(Self).ok_or_else(|| {
            Invalid::new("zone", "must be an IANA time zone, such as Europe/Berlin or UTC")
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_iana_database_are_zones_and_nothing_else_is() {
        for (text, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("UTC", "UTC"),
            ("Etc/UTC", "Etc/UTC"),
        ] {
            assert_eq!(text.parse::<Zone>().expect("known").name(), name);
        }
        for bad in ["", "Berlin", "CET-1CEST", "+02:00", "../etc/passwd", "Europe/ Berlin", "Z"] {
            assert!(bad.parse::<Zone>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_travels_by_its_name() {
        for name in ["Australia/Lord_Howe", "UTC"] {
            let zone: Zone = name.parse().expect("known");
            let json = serde_json::to_string(&zone).expect("serializes");
            assert_eq!(json, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<Zone>(&json).expect("reads"), zone);
        }
        assert_eq!(Zone::UTC, "UTC".parse().expect("known"));
    }
}
