//! The vocabulary: ids, quantities and the nouns of feedback, as types that cannot hold nonsense.
//!
//! Pure: no I/O, no clock, no randomness. Parsing happens here, once; what has one of these types
//! needs no further checks.

pub mod action;
pub mod comparison;
pub mod event;
pub mod feedback;
pub mod filter;
pub mod fingerprint;
pub mod ids;
pub mod interval;
pub mod key;
pub mod nearest;
pub mod patch;
pub mod pattern;
pub mod reasons;
pub mod record;
pub mod response;
pub mod signal;
pub mod text;
pub mod time;
pub mod trust;
pub mod zone;

/// A value that broke a rule of the vocabulary. The message names the rule and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct Invalid {
    /// The field at fault, as it is called on the wire.
    pub field: &'static str,
    /// What the field must be, starting with a verb: "must be …".
    pub rule: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, rule: impl Into<String>) -> Self {
        Self { field, rule: rule.into() }
    }
}
