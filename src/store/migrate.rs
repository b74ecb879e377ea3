//! Brings a database up to the schema of this binary. Migrations go forward only, and a file
//! that holds data is copied before the first one runs.

use rusqlite::Connection;

use super::folder::DataFolder;
use crate::model::time::Timestamp;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why a database could not be upgraded; it is as it was before.
#[derive(Debug, thiserror::Error)]
#[error("the database could not be upgraded: {0}")]
pub(crate) struct MigrateError(String);

/// The schema number that this binary writes.
pub(crate) fn newest() -> i64 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(|migration| i64::from(migration.version()))
        .max()
        .expect("the binary embeds at least one migration")
}

/// Applies what is missing; each migration is one transaction, so a kill in between resumes.
///
/// # Errors
/// When the copy or a migration fails.
pub(crate) fn run(
    connection: &mut Connection,
    folder: &DataFolder,
    now: Timestamp,
) -> Result<(), MigrateError> {
    let failed = |error: &dyn std::fmt::Display| MigrateError(error.to_string());
    let current: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| failed(&error))?;
    if current == newest() {
        return Ok(());
    }
    if current > 0 {
        copy(connection, folder, current, now).map_err(|error| failed(&error))?;
    }
    embedded::migrations::runner().run(connection).map_err(|error| failed(&error))?;
    super::meta::initialize(connection, now).map_err(|error| failed(&error))?;
    connection.pragma_update(None, "user_version", newest()).map_err(|error| failed(&error))
}

/// Copies the database to `backups/` as it is before the upgrade.
fn copy(
    connection: &Connection,
    folder: &DataFolder,
    schema: i64,
    now: Timestamp,
) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder.backups_dir())?;
    let name = format!("before-upgrade-from-{schema}-{}.db", now.micros());
    let path = folder.backups_dir().join(name);
    let text = path.to_str().ok_or("the data folder's path is not UTF-8")?;
    connection.execute("vacuum into ?1", [text])?;
    std::fs::File::open(&path)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connection::{Synchronous, open_writer};

    #[test]
    fn a_database_with_data_is_copied_before_an_upgrade() {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
        let db = open_writer(&folder, Synchronous::Full, now).expect("opens");
        assert!(!folder.backups_dir().exists(), "a new database has nothing to copy");
        copy(&db, &folder, 1, now).expect("copied");

        let copies: Vec<_> = std::fs::read_dir(folder.backups_dir()).expect("made").collect();
        let path = copies[0].as_ref().expect("readable").path();
        let copied = Connection::open(path).expect("opens");
        let name: String = copied
            .query_row("select name from projects", [], |row| row.get(0))
            .expect("the default project is in the copy");
        assert_eq!(name, "default");
    }
}
