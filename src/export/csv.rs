//! CSV (RFC 4180) of every current feedback, safe to open in a spreadsheet.
//!
//! A cell that a spreadsheet could take for a formula gets an apostrophe before it, as OWASP
//! advises for CSV injection; JSON Lines and Parquet hold the text as it is.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::record::Feedback;
use crate::model::text::looks_like_formula;

/// The columns, in order.
pub(crate) const COLUMNS: [&str; 23] = [
    "message_id",
    "user_id",
    "feedback",
    "reasons",
    "comment",
    "correction",
    "conversation_id",
    "user_message",
    "assistant_response",
    "messages",
    "tools",
    "action_type",
    "action_data",
    "model",
    "prompt_version",
    "experiment",
    "variant",
    "finish_reason",
    "usage",
    "trust",
    "source",
    "created_at",
    "updated_at",
];

/// Writes the header line.
///
/// # Errors
/// When writing fails.
pub(crate) fn write_header(out: &mut impl Write) -> io::Result<()> {
    write_cells(out, COLUMNS)
}

/// Writes one row.
///
/// # Errors
/// When writing fails.
pub(crate) fn write(out: &mut impl Write, row: &Feedback) -> io::Result<()> {
    let cells: [Cow<'_, str>; COLUMNS.len()] = [
        cell(Some(&row.message_id)),
        cell(Some(&row.user_id)),
        cell(Some(row.feedback.as_str())),
        cell(row.reasons.as_deref()),
        cell(row.comment.as_deref()),
        cell(row.correction.as_deref()),
        cell(row.conversation_id.as_deref()),
        cell(row.user_message.as_deref()),
        cell(row.assistant_response.as_deref()),
        cell(row.messages.as_deref()),
        cell(row.tools.as_deref()),
        cell(row.action_type.as_deref()),
        cell(row.action_data.as_deref()),
        cell(row.model.as_deref()),
        cell(row.prompt_version.as_deref()),
        cell(row.experiment.as_deref()),
        cell(row.variant.as_deref()),
        cell(row.finish_reason.as_deref()),
        cell(row.usage.as_deref()),
        cell(Some(row.trust.as_str())),
        cell(Some(&row.source)),
        Cow::Owned(row.created_at.to_string()),
        Cow::Owned(row.updated_at.to_string()),
    ];
    write_cells(out, cells.iter().map(AsRef::as_ref))
}

/// Writes one line of cells as they are.
///
/// # Errors
/// When writing fails.
pub(crate) fn write_cells<'a>(
    out: &mut impl Write,
    cells: impl IntoIterator<Item = &'a str>,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}

/// The text of a cell, defused where a spreadsheet would calculate.
fn cell(text: Option<&str>) -> Cow<'_, str> {
    match text {
        None => Cow::Borrowed(""),
        Some(text) if looks_like_formula(text) => Cow::Owned(format!("'{text}")),
        Some(text) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_defused() {
        for bad in ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "＝1", "\n=1", "'=1"] {
            assert_eq!(cell(Some(bad)), format!("'{bad}"));
        }
        for fine in ["", "todo", "a=b", "'tis", " =1"] {
            assert_eq!(cell(Some(fine)), fine);
        }
    }
}
