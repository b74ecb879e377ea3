//! What the AI did: the action type and its context.

use serde::Serialize;

use super::Invalid;
use super::text::{JSON_KEYS_MAX, LABEL_CHARS_MAX, json, label};

/// What the AI did (`todo`, `appointment`, …); 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ActionType(String);

impl ActionType {
    /// # Errors
    /// When the text is empty, too long, or has control characters.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        label("action_type", text, LABEL_CHARS_MAX).map(Self)
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The context of an action: a JSON object, kept as canonical text (keys sorted, no spaces).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionData(String);

impl ActionData {
    /// # Errors
    /// When the value is not an object, has too many keys, or holds NUL characters.
    pub fn parse(value: &serde_json::Value) -> Result<Self, Invalid> {
        if !value.is_object() {
            return Err(Invalid::new("action_data", "must be a JSON object"));
        }
        json("action_data", value, JSON_KEYS_MAX)?;
        Ok(Self(value.to_string()))
    }

    /// The object as JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
