//! Rows as they stand in the store: what the mirror copies, exports write and the API shows.

use super::feedback::Thumb;
use super::ids::Seq;
use super::time::Timestamp;
use super::trust::Trust;

/// One row of the view `feedback`: a current thumb read together with its response.
/// JSON columns are canonical JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of the view, told in the migration")]
pub struct Feedback {
    pub id: i64,
    pub user_id: String,
    pub message_id: String,
    pub conversation_id: Option<String>,
    pub feedback: Thumb,
    pub user_message: Option<String>,
    pub assistant_response: Option<String>,
    pub messages: Option<String>,
    pub tools: Option<String>,
    pub action_type: Option<String>,
    pub action_data: Option<String>,
    pub reasons: Option<String>,
    pub comment: Option<String>,
    pub correction: Option<String>,
    pub model: Option<String>,
    pub prompt_version: Option<String>,
    pub experiment: Option<String>,
    pub variant: Option<String>,
    pub finish_reason: Option<String>,
    pub usage: Option<String>,
    pub pattern_hash: Option<i64>,
    pub trust: Trust,
    pub source: String,
    pub client_ts: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub received_at: Timestamp,
    pub seq: Seq,
}

/// One row of `responses`. JSON columns are canonical JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of the table, told in the migration")]
pub struct Response {
    pub id: i64,
    pub message_id: String,
    pub conversation_id: Option<String>,
    pub user_message: Option<String>,
    pub assistant_response: Option<String>,
    pub messages: Option<String>,
    pub tools: Option<String>,
    pub action_type: Option<String>,
    pub action_data: Option<String>,
    pub model: Option<String>,
    pub prompt_version: Option<String>,
    pub experiment: Option<String>,
    pub variant: Option<String>,
    pub finish_reason: Option<String>,
    pub usage: Option<String>,
    pub pattern_hash: i64,
    pub trust: Trust,
    pub source: String,
    pub created_at: Timestamp,
    pub received_at: Timestamp,
    pub seq: Seq,
}

/// One row of `signals`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of the table, told in the migration")]
pub struct Signal {
    pub id: i64,
    pub message_id: String,
    pub user_id: String,
    pub kind: String,
    pub value: Option<f64>,
    pub trust: Trust,
    pub client_ts: Option<Timestamp>,
    pub created_at: Timestamp,
    pub received_at: Timestamp,
    pub seq: Seq,
}
