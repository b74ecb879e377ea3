//! Thumbs by any one dimension.

use super::Error;
use super::mirror::Reader;
use super::selection::Selection;
use super::summary::Tally;
use crate::model::filter::{Dimension, Filter};

const BY_DIMENSION: &str = include_str!("sql/approval/by_dimension.sql");

/// The thumbs of each value of a dimension, in no order.
///
/// # Errors
/// When DuckDB fails.
pub(crate) fn by_dimension(
    db: &Reader,
    dimension: &Dimension,
    filter: &Filter,
) -> Result<Vec<Tally>, Error> {
    let path = dimension.key.as_deref().map(json_pointer);
    let selection = Selection::of(filter);
    let params = selection.with(&[("column", &dimension.column), ("path", &path)]);
    db.all(BY_DIMENSION, &params, |row| {
        Ok(Tally { key: row.get("key")?, n: row.get("n")?, up: row.get("up")? })
    })
}

/// A key as a JSON pointer (RFC 6901), in which any character may stand.
pub(super) fn json_pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
