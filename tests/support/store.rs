//! A direct look into the database of a data folder, past the program under test.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// One row as text: message, subject, thumb.
pub(crate) type Row = (String, String, String);

/// Opens the database read-only.
#[track_caller]
pub(crate) fn open(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(folder.join("thumbwheel.db"), flags);
    db.expect("the database is there")
}

/// Every current feedback, in the order of message and subject.
#[track_caller]
pub(crate) fn feedback(folder: &Path) -> Vec<Row> {
    let db = open(folder);
    let sql = "select message_id, user_id, feedback from feedback order by 1, 2";
    let mut statement = db.prepare(sql).expect("the view is there");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("readable").collect::<Result<_, _>>().expect("readable")
}

/// How often each message has a current thumb.
#[track_caller]
pub(crate) fn thumbs_by_message(db: &Connection) -> rusqlite::Result<BTreeMap<String, usize>> {
    let mut statement = db.prepare("select message_id, count(*) from thumbs group by 1")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize));
    statement.query_map([], row)?.collect()
}

/// The number of rows of each table that holds what users sent, for "nothing was stored".
#[track_caller]
pub(crate) fn counts(folder: &Path) -> BTreeMap<&'static str, i64> {
    let db = open(folder);
    let tables =
        ["responses", "thumbs", "thumbs_history", "signals", "subjects", "change_log", "api_keys"];
    let count = |table| {
        let sql = format!("select count(*) from {table}");
        db.query_row(&sql, [], |row| row.get(0)).expect("readable")
    };
    tables.into_iter().map(|table| (table, count(table))).collect()
}
