//! Stored rows as the API shows them.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::model::feedback::Thumb;
use crate::model::record::Feedback;
use crate::model::time::Timestamp;
use crate::model::trust::Trust;

/// One feedback with everything that is known of its response.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackView {
    /// Row number.
    id: i64,
    /// The app's id of the answer.
    message_id: String,
    /// The pseudonym of the user.
    user_id: String,
    feedback: Thumb,
    /// Why, in the project's words.
    #[schema(value_type = Option<Vec<String>>)]
    reasons: Option<Box<RawValue>>,
    /// Why, in the user's words.
    comment: Option<String>,
    /// What the answer should have been.
    correction: Option<String>,
    conversation_id: Option<String>,
    /// The prompt.
    user_message: Option<String>,
    /// The answer.
    assistant_response: Option<String>,
    /// The whole exchange.
    #[schema(value_type = Option<Vec<Object>>)]
    messages: Option<Box<RawValue>>,
    action_type: Option<String>,
    #[schema(value_type = Option<Object>)]
    action_data: Option<Box<RawValue>>,
    model: Option<String>,
    prompt_version: Option<String>,
    experiment: Option<String>,
    variant: Option<String>,
    trust: Trust,
    /// The door it came through: `api`, `import` or `demo`.
    source: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    client_ts: Option<Timestamp>,
    /// Event time.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it reached the server.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

impl From<Feedback> for FeedbackView {
    fn from(row: Feedback) -> Self {
        Self {
            id: row.id,
            message_id: row.message_id,
            user_id: row.user_id,
            feedback: row.feedback,
            reasons: raw(row.reasons),
            comment: row.comment,
            correction: row.correction,
            conversation_id: row.conversation_id,
            user_message: row.user_message,
            assistant_response: row.assistant_response,
            messages: raw(row.messages),
            action_type: row.action_type,
            action_data: raw(row.action_data),
            model: row.model,
            prompt_version: row.prompt_version,
            experiment: row.experiment,
            variant: row.variant,
            trust: row.trust,
            source: row.source,
            client_ts: row.client_ts,
            created_at: row.created_at,
            updated_at: row.updated_at,
            received_at: row.received_at,
        }
    }
}

/// What a page gets to see of its own visitor's feedback: the thumb and what came with it, not
/// the texts that a server may have logged.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OwnFeedbackView {
    message_id: String,
    feedback: Thumb,
    #[schema(value_type = Option<Vec<String>>)]
    reasons: Option<Box<RawValue>>,
    comment: Option<String>,
    correction: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Feedback> for OwnFeedbackView {
    fn from(row: Feedback) -> Self {
        Self {
            message_id: row.message_id,
            feedback: row.feedback,
            reasons: raw(row.reasons),
            comment: row.comment,
            correction: row.correction,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Stored JSON text, shown as JSON. The store checked it on the way in.
fn raw(text: Option<String>) -> Option<Box<RawValue>> {
    text.and_then(|text| RawValue::from_string(text).ok())
}
