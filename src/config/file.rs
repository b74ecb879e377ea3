//! The configuration file as it is written: TOML, every key optional, unknown keys refused.

use std::path::Path;

use serde::Deserialize;

use super::ConfigError;

/// The keys of the file, before they mean anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) data: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) log: Option<String>,
    pub(super) log_format: Option<String>,
    pub(super) synchronous: Option<String>,
    pub(super) connections_max: Option<u64>,
    pub(super) connections_per_address_max: Option<u64>,
    pub(super) trusted_proxies: Option<String>,
    pub(super) query_seconds_max: Option<u64>,
    pub(super) mirror_memory_mb: Option<u64>,
}

impl Raw {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not TOML, or has a key that does not exist.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|error| ConfigError::File {
            path: path.to_owned(),
            reason: error.to_string().trim().to_owned(),
        })
    }
}
