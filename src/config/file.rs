//! The configuration file as it is written: TOML, every key optional, unknown keys refused.

use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;
use super::keys::{KEYS, Key, Kind};
use crate::model::nearest;

/// Reads a file.
///
/// # Errors
/// When it cannot be read, is not TOML, or has a key that does not exist or is of another type.
pub(super) fn read(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let refused = |reason| ConfigError::File { path: path.to_owned(), reason };
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| refused(error.to_string().trim().into()))?;
    for (name, value) in &table {
        if let Some(flaw) = flaw(name, value) {
            let sets = |line: &str| line.split('=').next().is_some_and(|key| key.trim() == name);
            let line = text.lines().position(sets);
            let place = line.map_or_else(String::new, |at| format!("line {}: ", at + 1));
            return Err(refused(format!("{place}{flaw}")));
        }
    }
    Ok(table)
}

fn flaw(name: &str, value: &Value) -> Option<String> {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let hint = nearest::hint(name, KEYS.iter().map(|key| key.name));
        return Some(format!("there is no key '{name}'{hint}"));
    };
    match key.kind {
        Kind::Count if !value.is_integer() => Some(format!("{name} must be a whole number")),
        Kind::Text | Kind::Word(_) if !value.is_str() => {
            Some(format!("{name} must be text in quotation marks"))
        }
        _ => None,
    }
}

/// What the file says of a setting.
pub(super) fn value(table: &Table, key: &Key) -> Option<String> {
    match table.get(key.name)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
