//! JSON Lines: every current feedback with the fields of an import, ready to be imported again.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::model::record::Feedback;
use crate::model::time::Timestamp;

/// The fields of an import row; those without a value are left out.
#[derive(Serialize)]
struct Line<'a> {
    message_id: &'a str,
    user_id: &'a str,
    feedback: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assistant_response: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a RawValue>,
    trust: &'static str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ts: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Writes one row as a line.
///
/// # Errors
/// When writing fails.
pub(crate) fn write(out: &mut impl Write, row: &Feedback) -> io::Result<()> {
    let line = Line {
        message_id: &row.message_id,
        user_id: &row.user_id,
        feedback: row.feedback.as_str(),
        reasons: raw(row.reasons.as_deref())?,
        comment: row.comment.as_deref(),
        correction: row.correction.as_deref(),
        conversation_id: row.conversation_id.as_deref(),
        user_message: row.user_message.as_deref(),
        assistant_response: row.assistant_response.as_deref(),
        messages: raw(row.messages.as_deref())?,
        tools: raw(row.tools.as_deref())?,
        action_type: row.action_type.as_deref(),
        action_data: raw(row.action_data.as_deref())?,
        model: row.model.as_deref(),
        prompt_version: row.prompt_version.as_deref(),
        experiment: row.experiment.as_deref(),
        variant: row.variant.as_deref(),
        finish_reason: row.finish_reason.as_deref(),
        usage: raw(row.usage.as_deref())?,
        trust: row.trust.as_str(),
        source: &row.source,
        client_ts: row.client_ts,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// Stored JSON text goes out as JSON, not as a string.
fn raw(text: Option<&str>) -> io::Result<Option<&RawValue>> {
    Ok(text.map(serde_json::from_str).transpose()?)
}
