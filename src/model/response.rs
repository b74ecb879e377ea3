//! An answer that the AI gave, as far as the app tells us.

use super::Invalid;
use super::action::{ActionData, ActionType};
use super::ids::MessageId;
use super::patch::Patch;
use super::time::Timestamp;
use super::trust::Trust;

/// Where a row came from; a short word kept beside its trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The HTTP API.
    Api,
    /// `thumbwheel import`.
    Import,
    /// The generated data of `thumbwheel demo`.
    Demo,
}

impl Source {
    /// The word used on the wire and in the databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Import => "import",
            Self::Demo => "demo",
        }
    }
}

impl std::str::FromStr for Source {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Api, Self::Import, Self::Demo]
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| Invalid::new("source", "must be api, import or demo"))
    }
}

/// What one write says of a response, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponsePatch {
    /// The chat that the response belongs to.
    pub conversation_id: Patch<String>,
    /// The prompt.
    pub user_message: Patch<String>,
    /// The answer.
    pub assistant_response: Patch<String>,
    /// The whole exchange as a JSON array of chat messages, as canonical text.
    pub messages: Patch<String>,
    /// The tools that were offered, a JSON array as canonical text.
    pub tools: Patch<String>,
    /// What the AI did.
    pub action_type: Patch<ActionType>,
    /// Its context.
    pub action_data: Patch<ActionData>,
    /// The model that answered.
    pub model: Patch<String>,
    /// The version of the prompt that was used.
    pub prompt_version: Patch<String>,
    /// The experiment the response took part in.
    pub experiment: Patch<String>,
    /// The arm of that experiment.
    pub variant: Patch<String>,
    /// Why the model stopped.
    pub finish_reason: Patch<String>,
    /// Tokens used, a JSON object as canonical text.
    pub usage: Patch<String>,
}

impl ResponsePatch {
    /// True when the write says nothing of the response.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One write about a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewResponse {
    /// The app's id of the answer.
    pub message_id: MessageId,
    /// What it says.
    pub patch: ResponsePatch,
    /// The credential it came with.
    pub trust: Trust,
    /// The door it came through.
    pub source: Source,
    /// When the AI answered, if the caller says so.
    pub stated_at: Option<Timestamp>,
    /// Event time of a response that was not known before and of which nobody says when it was.
    pub event_at: Timestamp,
    /// When we got it.
    pub received_at: Timestamp,
}
