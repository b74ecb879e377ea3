//! Whether the mirror holds what the store holds.

use super::mirror::Reader;
use super::{Error, rows};
use crate::model::fingerprint::Fingerprint;

const ALL: &str = include_str!("sql/feedback/all.sql");

/// Rows that are held in memory at a time.
const PAGE_ROWS: u32 = 20_000;

/// The fingerprint of all mirrored feedback.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn of_feedback(db: &Reader) -> Result<Fingerprint, Error> {
    let mut fingerprint = Fingerprint::default();
    let mut after = 0;
    loop {
        let params = duckdb::named_params! { "after": after, "limit": PAGE_ROWS };
        let page = db.all(ALL, params, rows::feedback)?;
        page.iter().for_each(|row| fingerprint.add(row));
        match page.last() {
            Some(last) => after = last.id,
            None => return Ok(fingerprint),
        }
    }
}
