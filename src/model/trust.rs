//! How far a write can be trusted, by the credential it came with.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// The credential behind a write; a later one in this order outranks an earlier one.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A publishable key: anyone who can read the page could have sent it.
    Public,
    /// A signed feedback token: bound to one response and one subject.
    Signed,
    /// A secret key, an import, or the command line.
    Secret,
}

impl Trust {
    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Signed => "signed",
            Self::Secret => "secret",
        }
    }
}

impl FromStr for Trust {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Public, Self::Signed, Self::Secret]
            .into_iter()
            .find(|trust| trust.as_str() == text)
            .ok_or_else(|| Invalid::new("trust", "must be public, signed or secret"))
    }
}
