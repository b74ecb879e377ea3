//! What an API key may do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// One right of a secret key.
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
pub enum Scope {
    /// Write feedback, responses and signals.
    Ingest,
    /// Read feedback and analytics.
    Read,
    /// Export feedback.
    Export,
    /// Run SQL.
    Sql,
    /// Manage projects and keys.
    Admin,
    /// Erase, export and opt out users.
    Erase,
}

impl Scope {
    /// Every scope, in the order they are shown.
    pub const ALL: [Self; 6] =
        [Self::Ingest, Self::Read, Self::Export, Self::Sql, Self::Admin, Self::Erase];

    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Export => "export",
            Self::Sql => "sql",
            Self::Admin => "admin",
            Self::Erase => "erase",
        }
    }
}

impl FromStr for Scope {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
            Invalid::new("scope", "must be ingest, read, export, sql, admin or erase")
        })
    }
}

/// Which kind a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// For servers: has scopes, stays secret.
    Secret,
    /// For pages: writes and reads back its own browser's rows, bound to origins.
    Publishable,
    /// For servers that sign feedback tokens by themselves: opens nothing.
    Signing,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Secret, Self::Publishable, Self::Signing];

    /// What a key of this kind starts with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Secret => "tw_sk_",
            Self::Publishable => "tw_pk_",
            Self::Signing => "tw_fs_",
        }
    }

    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
            Self::Signing => "signing",
        }
    }
}

impl FromStr for KeyKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("kind", "must be secret, publishable or signing"))
    }
}
