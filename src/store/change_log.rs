//! The change log: what the mirror follows, in the order of commits. Triggers fill it.

use rusqlite::{Connection, named_params};

use super::{Error, sql};

const LAST: &str = include_str!("sql/change_log/last.sql");
const CONTAINS: &str = include_str!("sql/change_log/contains.sql");
const TRIM: &str = include_str!("sql/change_log/trim.sql");

/// Changes that are kept for mirrors to catch up by; a mirror further behind is rebuilt.
const KEPT: i64 = 1_000_000;

/// The position of the last change; 0 before the first.
pub(crate) fn last(db: &Connection) -> Result<i64, Error> {
    sql::one(db, LAST, named_params! {}, |row| row.get("seq"))
}

/// Whether a change is in the log.
pub(crate) fn contains(db: &Connection, seq: i64) -> Result<bool, Error> {
    sql::one(db, CONTAINS, named_params! { ":seq": seq }, |row| row.get("found"))
}

/// Forgets changes that only a mirror far behind could want.
pub(crate) fn trim(db: &Connection) -> Result<(), Error> {
    sql::execute(db, TRIM, named_params! { ":kept": KEPT }).map(drop)
}
