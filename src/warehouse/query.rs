//! SQL of the user: any one SELECT, its rows in chunks.

use duckdb::arrow::array::Array;
use duckdb::{Connection, ToSql};
use serde_json::Value;

use super::mirror::Reader;
use super::{Error, guard, value};

/// Part of a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Chunk {
    /// The names of the columns, each once; comes first.
    Columns(Vec<String>),
    /// Some rows, their values in the order of the columns.
    Rows(Vec<Vec<Value>>),
}

/// How a result ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Rows that were given out.
    pub(crate) rows: u64,
    /// Whether there were more.
    pub(crate) truncated: bool,
}

/// Most bytes of a result that is capped at all, about.
const CAPPED_BYTES_MAX: usize = 16 << 20;

/// A chunk is handed on when it has about this many bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Where the chunks go. An error of the sink ends the query.
pub(crate) type Sink<'a> = dyn FnMut(Chunk) -> Result<(), Error> + 'a;

/// Runs one SELECT that the guard lets through, for at most `row_cap` rows.
///
/// # Errors
/// When the guard or DuckDB refuses it, or it fails half way.
pub(crate) fn run(
    db: &Reader,
    sql: &str,
    row_cap: Option<u64>,
    sink: &mut Sink<'_>,
) -> Result<End, Error> {
    guard::check(db, sql)?;
    stream(&db.connection, sql, &[], row_cap, sink)
}

/// Runs a statement that is not ours, or reads a file that is not, and hands the rows on while it
/// runs; memory stays flat.
pub(super) fn stream(
    db: &Connection,
    sql: &str,
    params: &[(&str, &dyn ToSql)],
    row_cap: Option<u64>,
    sink: &mut Sink<'_>,
) -> Result<End, Error> {
    let mut statement = db.prepare(sql).map_err(at_fault)?;
    // The iterator would panic on errors; the statement under it reports them.
    let schema = statement.stream_arrow(params).map_err(at_fault)?.get_schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    sink(Chunk::Columns(unique(names)))?;
    let mut end = End { rows: 0, truncated: false };
    let mut bytes = 0;
    let mut chunk_bytes = 0;
    while let Some(batch) = statement.step().map_err(at_fault)? {
        let mut rows = Vec::new();
        for index in 0..batch.len() {
            if row_cap.is_some_and(|cap| end.rows >= cap) {
                end.truncated = true;
                break;
            }
            let row = batch
                .columns()
                .iter()
                .map(|column| value::json(column.as_ref(), index))
                .collect::<Result<Vec<_>, _>>()?;
            let row_bytes = row.iter().map(size).sum::<usize>();
            if row_cap.is_some() && bytes + chunk_bytes + row_bytes > CAPPED_BYTES_MAX {
                if end.rows == 0 {
                    return Err(Error::Memory);
                }
                end.truncated = true;
                break;
            }
            chunk_bytes += row_bytes;
            rows.push(row);
            end.rows += 1;
            if chunk_bytes >= CHUNK_BYTES {
                bytes += std::mem::take(&mut chunk_bytes);
                sink(Chunk::Rows(std::mem::take(&mut rows)))?;
            }
        }
        if !rows.is_empty() {
            sink(Chunk::Rows(rows))?;
        }
        if end.truncated {
            break;
        }
    }
    Ok(end)
}

/// The statement is not ours.
fn at_fault(error: duckdb::Error) -> Error {
    Error::from(error).of_users_statement()
}

/// About the bytes of a value as JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => {
            2 + map.iter().map(|(key, value)| key.len() + size(value)).sum::<usize>()
        }
    }
}

/// Column names as keys: a name that was there before gets a number.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names
        .map(|name| {
            let mut key = name.to_owned();
            let mut number = 2;
            while !seen.insert(key.clone()) {
                key = format!("{name}_{number}");
                number += 1;
            }
            key
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_names_become_unique_keys() {
        let names = ["a", "b", "a", "a_2", "a"].into_iter();
        assert_eq!(unique(names), ["a", "b", "a_2", "a_2_2", "a_3"]);
    }
}
