//! Names of things. A value of one of these types has passed its check.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::Invalid;
use super::text::{ID_CHARS_MAX, label};

/// Row number of a project.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct ProjectId(pub i64);

/// A project's name: 1 to 63 of `a-z 0-9 _ -`, starting with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ProjectName(String);

impl ProjectName {
    /// The project that exists from the first start.
    pub const DEFAULT: &'static str = "default";
    /// The project that the playground of a server writes to.
    pub const PLAYGROUND: &'static str = "playground";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if text.len() > 63 || !starts_well || !text.chars().all(allowed) {
            return Err(Invalid::new(
                "project",
                "must be 1 to 63 of a-z, 0-9, '_' and '-', starting with a letter or digit",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The app's own id of one answer; 1 to 256 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// # Errors
    /// When the text is empty, too long, or has control characters.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        label("message_id", text, ID_CHARS_MAX).map(Self)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The pseudonym of a user: `twu_` and 26 base32 characters, a keyed hash made by `privacy`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// What every pseudonym starts with.
    pub const PREFIX: &'static str = "twu_";
    /// Characters after the prefix: 16 bytes in base32 without padding.
    pub const BODY_CHARS: usize = 26;

    /// Reads a pseudonym that this product wrote (a database row or an export).
    ///
    /// # Errors
    /// When the text does not have the form of a pseudonym.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let base32 = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
        match text.strip_prefix(Self::PREFIX) {
            Some(body) if body.len() == Self::BODY_CHARS && body.chars().all(base32) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Invalid::new("user_id", "must be a pseudonym: twu_ and 26 characters")),
        }
    }

    /// The pseudonym as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subject {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// Position in the store's change log; 0 is before the first change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_name_is_a_short_lower_case_slug() {
        for good in ["default", "a", "my-app_2", &"x".repeat(63)] {
            assert!(good.parse::<ProjectName>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "A", "a b", "a/b", "ä", &"x".repeat(64)] {
            assert!(bad.parse::<ProjectName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_our_own_pseudonyms_parse_as_subjects() {
        let good = format!("twu_{}", "a2".repeat(13));
        assert_eq!(Subject::parse(&good).expect("well formed").as_str(), good);
        for bad in ["", "twu_", "ana@example.com", &good[1..], &format!("{good}a")] {
            assert!(Subject::parse(bad).is_err(), "{bad}");
        }
        assert!(Subject::parse(&good.to_uppercase()).is_err());
    }
}
