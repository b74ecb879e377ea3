//! The thumb of one user on one response, and what may come with it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Invalid;
use super::ids::{MessageId, Subject};
use super::patch::Patch;
use super::response::{ResponsePatch, Source};
use super::time::{DAY_US, Timestamp};
use super::trust::Trust;

/// Up or down; the whole opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Thumb {
    /// 👍
    Up,
    /// 👎
    Down,
}

impl Thumb {
    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl TryFrom<String> for Thumb {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl FromStr for Thumb {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "up" => Ok(Self::Up),
            "down" => Ok(Self::Down),
            _ => Err(Invalid::new("feedback", "must be \"up\" or \"down\"")),
        }
    }
}

/// The parts of a stored thumb that the user chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The thumb.
    pub thumb: Thumb,
    /// A JSON array as canonical text, never empty.
    pub reasons: Option<String>,
    /// Why, in the user's words.
    pub comment: Option<String>,
    /// What the answer should have been.
    pub correction: Option<String>,
}

/// One write of feedback, checked and pseudonymised, on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeedback {
    /// The answer it is about.
    pub message_id: MessageId,
    /// Who gave it.
    pub subject: Subject,
    /// The thumb; `None` takes it back.
    pub thumb: Option<Thumb>,
    /// Why, in the project's words.
    pub reasons: Patch<Vec<String>>,
    /// Why, in the user's words.
    pub comment: Patch<String>,
    /// What the answer should have been.
    pub correction: Patch<String>,
    /// What the write says of the response.
    pub response: ResponsePatch,
    /// The credential it came with.
    pub trust: Trust,
    /// The door it came through.
    pub source: Source,
    /// The client's clock, which orders the writes of one client.
    pub client_ts: Option<Timestamp>,
    /// Event time stated by an import; otherwise the store derives it.
    pub created_at: Option<Timestamp>,
    /// Time of the last change stated by an import.
    pub updated_at: Option<Timestamp>,
    /// When we got it.
    pub received_at: Timestamp,
}

/// Furthest that a client's clock may be ahead of ours and still be believed.
const AHEAD_MAX_US: i64 = DAY_US;
/// Oldest vote that an offline queue may bring.
const BEHIND_MAX_US: i64 = 7 * DAY_US;

impl NewFeedback {
    /// Event time: what an import states, else the client's clock clamped to what is plausible
    /// (at most one day ahead, seven days behind), else the time of receipt.
    pub fn event_time(&self) -> Timestamp {
        if let Some(stated) = self.created_at {
            return stated;
        }
        let earliest = self.received_at.shifted(-BEHIND_MAX_US);
        let latest = self.received_at.shifted(AHEAD_MAX_US);
        self.client_ts.map_or(self.received_at, |ts| ts.clamp(earliest, latest))
    }

    /// The time that orders states of one thumb: a stated change time, else the event time.
    pub fn state_time(&self) -> Timestamp {
        self.updated_at.unwrap_or_else(|| self.event_time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(client_ts: Option<i64>, created_at: Option<i64>) -> NewFeedback {
        let at = |us| Timestamp::from_micros(us).expect("in range");
        NewFeedback {
            message_id: MessageId::parse("m1".into()).expect("valid"),
            subject: Subject::parse(&format!("twu_{}", "a".repeat(26))).expect("valid"),
            thumb: Some(Thumb::Up),
            reasons: Patch::Absent,
            comment: Patch::Absent,
            correction: Patch::Absent,
            response: ResponsePatch::default(),
            trust: Trust::Public,
            source: Source::Api,
            client_ts: client_ts.map(at),
            created_at: created_at.map(at),
            updated_at: None,
            received_at: at(100 * DAY_US),
        }
    }

    #[test]
    fn event_time_is_stated_else_the_clients_clock_within_reason_else_receipt() {
        let day = |n: i64| n * DAY_US;
        for (client, stated, expected) in [
            (None, None, day(100)),
            (Some(day(99)), None, day(99)),
            (Some(day(94)), None, day(94)),
            (Some(day(2)), None, day(93)),
            (Some(day(500)), None, day(101)),
            (Some(day(99)), Some(day(3)), day(3)),
        ] {
            assert_eq!(vote(client, stated).event_time().micros(), expected);
        }
    }
}
