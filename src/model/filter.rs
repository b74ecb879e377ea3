//! Which feedback a question is about.

use super::Invalid;
use super::feedback::Thumb;
use super::time::Timestamp;
use super::trust::Trust;

/// A selection of feedback; an empty field selects everything. The same filter is bound, under
/// the same parameter names, by every query in both databases.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Filter {
    /// Event time at or after.
    pub since: Option<Timestamp>,
    /// Event time before.
    pub until: Option<Timestamp>,
    /// Exactly this action type.
    pub action_type: Option<String>,
    /// Only this thumb.
    pub feedback: Option<Thumb>,
    /// Exactly this model.
    pub model: Option<String>,
    /// Exactly this prompt version.
    pub prompt_version: Option<String>,
    /// Exactly this variant.
    pub variant: Option<String>,
    /// Only writes with this credential.
    pub trust: Option<Trust>,
    /// Text that the prompt, the answer or the comment contains, letter case ignored (ASCII).
    pub q: Option<String>,
}

/// What to group by.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Dimension {
    /// `action_type`, another column, or `action_data`.
    pub column: String,
    /// The key inside `action_data`, when that is the column.
    pub key: Option<String>,
}

impl Dimension {
    /// The columns that feedback may be grouped by.
    pub const COLUMNS: [&'static str; 8] = [
        "action_type",
        "model",
        "prompt_version",
        "experiment",
        "variant",
        "trust",
        "source",
        "conversation_id",
    ];

    /// Reads `action_type`, `model`, … or `action_data.<key>`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(key) = text.strip_prefix("action_data.").filter(|key| !key.is_empty()) {
            return Ok(Self { column: "action_data".to_owned(), key: Some(key.to_owned()) });
        }
        if Self::COLUMNS.contains(&text) {
            return Ok(Self { column: text.to_owned(), key: None });
        }
        let list = Self::COLUMNS.join(", ");
        Err(Invalid::new("by", format!("must be one of {list} or action_data.<key>")))
    }
}
