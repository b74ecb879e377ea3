//! Facts about the database itself: which one it is, and whose pepper its pseudonyms need.

use rusqlite::{Connection, named_params};

use super::{Error, sql};
use crate::model::ids::ProjectName;
use crate::model::time::Timestamp;
use crate::model::zone::Zone;

const GET: &str = include_str!("sql/meta/get.sql");
const PUT: &str = include_str!("sql/meta/put.sql");

/// Fills a database that was just made: its identity and the default project.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn initialize(db: &Connection, now: Timestamp) -> Result<(), Error> {
    if get(db, "source_uuid")?.is_none() {
        renew_identity(db)?;
        super::projects::insert(db, ProjectName::DEFAULT, &Zone::UTC, now)?;
    }
    Ok(())
}

/// Gives the database an identity that no other has.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn renew_identity(db: &Connection) -> Result<(), Error> {
    // SQLite's own generator serves: the id only has to differ from that of other databases.
    let uuid: String = db.query_row("select lower(hex(randomblob(16)))", [], |row| row.get(0))?;
    put(db, "source_uuid", &uuid)
}

/// The identity of this database; a restored or replaced one has another.
///
/// # Errors
/// When SQLite fails or the database was never initialized.
pub(crate) fn source_uuid(db: &Connection) -> Result<String, Error> {
    get(db, "source_uuid")?.ok_or_else(|| Error::Sqlite("the database has no identity".to_owned()))
}

/// The fingerprint of the pepper that this database belongs to, once there is one.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn pepper_fingerprint(db: &Connection) -> Result<Option<String>, Error> {
    get(db, "pepper_fingerprint")
}

/// Binds the database to a pepper.
///
/// # Errors
/// When SQLite fails.
pub(crate) fn set_pepper_fingerprint(db: &Connection, fingerprint: &str) -> Result<(), Error> {
    put(db, "pepper_fingerprint", fingerprint)
}

fn get(db: &Connection, key: &str) -> Result<Option<String>, Error> {
    sql::first(db, GET, named_params! { ":key": key }, |row| row.get("value"))
}

fn put(db: &Connection, key: &str, value: &str) -> Result<(), Error> {
    sql::execute(db, PUT, named_params! { ":key": key, ":value": value }).map(drop)
}
