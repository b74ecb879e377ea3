//! The one way a statement runs: prepared once, with exactly the parameters it names.

use std::str::FromStr;

use rusqlite::{CachedStatement, Connection, Row, ToSql, Transaction};

use super::Error;
use crate::model::Invalid;
use crate::model::time::Timestamp;

/// Parameters by name, as `rusqlite::named_params!` makes them.
pub(crate) type Params<'a> = &'a [(&'a str, &'a dyn ToSql)];

/// Prepares a statement. SQLite reads an unbound parameter as null, so a forgotten one would be
/// a silent wrong answer; it is a programmer's mistake and stops here.
fn prepare<'db>(
    db: &'db Connection,
    text: &str,
    params: Params<'_>,
) -> Result<CachedStatement<'db>, Error> {
    let statement = db.prepare_cached(text)?;
    assert_eq!(
        statement.parameter_count(),
        params.len(),
        "every parameter of a statement is bound: {text}"
    );
    Ok(statement)
}

/// Runs a statement that returns no rows; returns how many rows it changed.
pub(crate) fn execute(db: &Connection, text: &str, params: Params<'_>) -> Result<usize, Error> {
    Ok(prepare(db, text, params)?.execute(params)?)
}

/// The first row, if there is one.
pub(crate) fn first<T>(
    db: &Connection,
    text: &str,
    params: Params<'_>,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Error> {
    let mut statement = prepare(db, text, params)?;
    let mut rows = statement.query(params)?;
    Ok(rows.next()?.map(map).transpose()?)
}

/// The one row that the statement must return.
pub(crate) fn one<T>(
    db: &Connection,
    text: &str,
    params: Params<'_>,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    first(db, text, params, map)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
}

/// Every row, in a list.
pub(crate) fn all<T>(
    db: &Connection,
    text: &str,
    params: Params<'_>,
    mut map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let mut list = Vec::new();
    each(db, text, params, |row| {
        list.push(map(row)?);
        Ok(())
    })?;
    Ok(list)
}

/// Every row, one after the other, in flat memory.
pub(crate) fn each(
    db: &Connection,
    text: &str,
    params: Params<'_>,
    mut visit: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    while_wanted(db, text, params, |row| visit(row).map(|()| true))
}

/// Rows, one after the other, until `visit` says that it wants no more.
pub(crate) fn while_wanted(
    db: &Connection,
    text: &str,
    params: Params<'_>,
    mut visit: impl FnMut(&Row<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut statement = prepare(db, text, params)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        if !visit(row)? {
            break;
        }
    }
    Ok(())
}

/// A column of microseconds.
pub(crate) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Timestamp::from_micros(row.get(column)?).map_err(|error| conversion(column, &error))
}

/// A nullable column of microseconds.
pub(crate) fn maybe_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let us: Option<i64> = row.get(column)?;
    us.map(Timestamp::from_micros).transpose().map_err(|error| conversion(column, &error))
}

/// A column of one of our words (`up`, `secret`, …).
pub(crate) fn word<T: FromStr<Err = Invalid>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error: Invalid| conversion(column, &error))
}

/// A stored value that the vocabulary does not know: the file was changed by another hand.
fn conversion(column: &str, error: &Invalid) -> rusqlite::Error {
    let text = format!("column {column}: {error}");
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, text.into())
}

/// Runs a part of a job so that its failure does not take the rest of the job with it.
///
/// # Errors
/// The outer error means that the transaction itself is lost; the inner one is the part's own.
pub(crate) fn attempt<T>(
    tx: &Transaction<'_>,
    part: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
) -> Result<Result<T, Error>, Error> {
    tx.execute_batch("savepoint part")?;
    let outcome = part(tx);
    match &outcome {
        Ok(_) => tx.execute_batch("release part")?,
        Err(Error::DiskFull) => return Err(Error::DiskFull),
        Err(_) => tx.execute_batch("rollback to part; release part")?,
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
