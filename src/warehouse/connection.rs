//! How DuckDB is opened: no extensions, no network, no files but its own, nothing to reconfigure.

use std::path::Path;

use duckdb::{Config, Connection};

use super::{Error, io};

const PREPARE_READER: &str = include_str!("sql/mirror/prepare_reader.sql");

/// What one DuckDB instance may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Memory for data, in MiB.
    pub(crate) memory_mib: u64,
    /// Threads for one query.
    pub(crate) threads: u32,
}

/// Which files besides its own an instance may touch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach<'a> {
    /// This one file.
    File(&'a Path),
    /// None.
    Nothing,
}

/// Opens a database file, or one in memory, and locks its configuration.
///
/// # Errors
/// When the file cannot be opened or a setting is refused.
pub(super) fn open(
    path: Option<&Path>,
    reach: Reach<'_>,
    limits: Limits,
) -> Result<Connection, Error> {
    let config = Config::default()
        .with("autoinstall_known_extensions", "false")?
        .with("autoload_known_extensions", "false")?
        .with("allow_community_extensions", "false")?
        .with("memory_limit", format!("{}MiB", limits.memory_mib))?
        .with("threads", limits.threads.to_string())?
        // Nothing is spilled to disk: it would outlive a killed process, and an erasure.
        .with("temp_directory", "")?;
    let connection = match path {
        Some(path) => Connection::open_with_flags(path, config)?,
        None => Connection::open_in_memory_with_flags(config)?,
    };
    if let Reach::File(file) = reach {
        let list = list_of_one(file)?;
        connection.execute_batch(&format!("set allowed_paths = {list}"))?;
    }
    connection
        .execute_batch("set enable_external_access = false; set lock_configuration = true")?;
    Ok(connection)
}

/// A connection of its own to an open instance.
///
/// # Errors
/// When DuckDB has no room for it.
pub(super) fn another(connection: &Connection) -> Result<Connection, Error> {
    let connection = connection.try_clone()?;
    connection.execute_batch(PREPARE_READER)?;
    Ok(connection)
}

/// A path as a list literal. `set` takes no parameters, so this is the one place where a value
/// is written into SQL.
fn list_of_one(path: &Path) -> Result<String, Error> {
    let text = path.to_str().ok_or_else(|| {
        io("a path for DuckDB")(std::io::Error::other("the path is not valid UTF-8"))
    })?;
    Ok(format!("['{}']", text.replace('\'', "''")))
}
