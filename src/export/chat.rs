//! Chat JSONL: the positives as conversations of one turn, ready for chat fine-tuning.
//!
//! The first guide's format, byte for byte: nothing is deduplicated or capped.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::feedback::Thumb;
use crate::model::record::Feedback;

#[derive(Serialize)]
struct Line<'a> {
    messages: [Message<'a>; 2],
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Metadata<'a> {
    feedback: &'static str,
    action_type: Option<&'a str>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is a line of the file.
    Yes,
    /// Its prompt or answer is not known, so there is nothing to learn from it.
    NoText,
    /// It is a 👎.
    NotPositive,
}

/// Writes one row as a line, if it is a positive with text.
///
/// # Errors
/// When writing fails.
pub(crate) fn write(out: &mut impl Write, row: &Feedback) -> io::Result<Written> {
    if row.feedback != Thumb::Up {
        return Ok(Written::NotPositive);
    }
    let (Some(prompt), Some(answer)) = (&row.user_message, &row.assistant_response) else {
        return Ok(Written::NoText);
    };
    let line = Line {
        messages: [
            Message { role: "user", content: prompt },
            Message { role: "assistant", content: answer },
        ],
        metadata: Metadata {
            feedback: row.feedback.as_str(),
            action_type: row.action_type.as_deref(),
        },
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    Ok(Written::Yes)
}
