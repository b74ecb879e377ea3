//! Implicit acts on an answer. Their own series: never added to thumbs.

use std::str::FromStr;

use super::Invalid;
use super::ids::{MessageId, Subject};
use super::time::Timestamp;
use super::trust::Trust;

/// What a user did with an answer, without saying what they think of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalKind {
    /// Copied the answer.
    Copy,
    /// Asked for another answer to the same prompt.
    Regenerate,
    /// Asked the same thing again in other words.
    Retry,
    /// Changed the answer by hand.
    Edit,
    /// Looked at the answer; the value is milliseconds.
    Dwell,
}

impl SignalKind {
    const ALL: [Self; 5] = [Self::Copy, Self::Regenerate, Self::Retry, Self::Edit, Self::Dwell];

    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Regenerate => "regenerate",
            Self::Retry => "retry",
            Self::Edit => "edit",
            Self::Dwell => "dwell",
        }
    }
}

impl FromStr for SignalKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("signal", "must be copy, regenerate, retry, edit or dwell"))
    }
}

/// One signal on its way into the store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSignal {
    /// The answer it is about.
    pub message_id: MessageId,
    /// Who acted.
    pub subject: Subject,
    /// What they did.
    pub kind: SignalKind,
    /// How much, where the kind has a quantity: dwell in milliseconds. Finite, 0 or more.
    pub value: Option<f64>,
    /// The credential it came with.
    pub trust: Trust,
    /// The client's clock.
    pub client_ts: Option<Timestamp>,
    /// When we got it.
    pub received_at: Timestamp,
}
