//! The one way a statement runs: prepared once, with exactly the parameters it names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::str::FromStr;

use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, Row, ToSql, Transaction};

use super::Error;
use crate::model::Invalid;
use crate::model::time::Timestamp;

/// Parameters by name, as `rusqlite::named_params!` makes them.
pub(crate) type Params<'a> = &'a [(&'a str, &'a dyn ToSql)];

thread_local! {
    /// The names of the parameters of each statement, in its order. A statement is a constant of
    /// the program, so its address says which it is.
    static NAMES: RefCell<HashMap<(*const u8, usize), Vec<String>>> = RefCell::default();
}

/// Prepares a statement and binds its parameters. SQLite reads an unbound parameter as null, so a
/// forgotten one would be a silent wrong answer; it is a programmer's mistake and stops here.
fn prepare<'db>(
    db: &'db Connection,
    text: &'static str,
    params: Params<'_>,
) -> Result<CachedStatement<'db>, Error> {
    let mut statement = db.prepare_cached(text)?;
    NAMES.with_borrow_mut(|known| {
        let names = known.entry((text.as_ptr(), text.len())).or_insert_with(|| names(&statement));
        assert_eq!(names.len(), params.len(), "every parameter of a statement is bound: {text}");
        for (place, (name, value)) in params.iter().enumerate() {
            // Most lists are in the order of the statement.
            let found = match names[place] == *name {
                true => Some(place),
                false => names.iter().position(|it| it == name),
            };
            let unknown = || rusqlite::Error::InvalidParameterName((*name).to_owned());
            statement.raw_bind_parameter(found.ok_or_else(unknown)? + 1, value)?;
        }
        Ok(statement)
    })
}

fn names(statement: &CachedStatement<'_>) -> Vec<String> {
    let name = |place| statement.parameter_name(place).unwrap_or_default().to_owned();
    (1..=statement.parameter_count()).map(name).collect()
}

/// Runs a statement that returns no rows; returns how many rows it changed.
pub(crate) fn execute(
    db: &Connection,
    text: &'static str,
    params: Params<'_>,
) -> Result<usize, Error> {
    Ok(prepare(db, text, params)?.raw_execute()?)
}

/// The first row, if there is one.
pub(crate) fn first<T>(
    db: &Connection,
    text: &'static str,
    params: Params<'_>,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Error> {
    let mut statement = prepare(db, text, params)?;
    let mut rows = statement.raw_query();
    Ok(rows.next()?.map(map).transpose()?)
}

/// The one row that the statement must return.
pub(crate) fn one<T>(
    db: &Connection,
    text: &'static str,
    params: Params<'_>,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    first(db, text, params, map)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
}

/// Every row, in a list.
pub(crate) fn all<T>(
    db: &Connection,
    text: &'static str,
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
    text: &'static str,
    params: Params<'_>,
    mut visit: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    while_wanted(db, text, params, |row| visit(row).map(|()| true))
}

/// Rows, one after the other, until `visit` says that it wants no more.
pub(crate) fn while_wanted(
    db: &Connection,
    text: &'static str,
    params: Params<'_>,
    mut visit: impl FnMut(&Row<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut statement = prepare(db, text, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if !visit(row)? {
            break;
        }
    }
    Ok(())
}

/// The columns of a row one after the other, each looked at once: finding each by its name would
/// cost more than reading it.
pub(crate) struct Columns<'row, 'stmt> {
    row: &'row Row<'stmt>,
    next: usize,
}

impl<'row, 'stmt> Columns<'row, 'stmt> {
    /// From the first one on.
    pub(crate) fn of(row: &'row Row<'stmt>) -> Self {
        Self { row, next: 0 }
    }

    /// The next one.
    pub(crate) fn get<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    /// The next one, which is microseconds.
    pub(crate) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        let us = self.get()?;
        Timestamp::from_micros(us).map_err(|error| self.conversion(&error))
    }

    /// The next one, which is microseconds or null.
    pub(crate) fn maybe_time(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        let us: Option<i64> = self.get()?;
        us.map(Timestamp::from_micros).transpose().map_err(|error| self.conversion(&error))
    }

    /// The next one, which is one of our words (`up`, `secret`, …).
    pub(crate) fn word<T: FromStr<Err = Invalid>>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        let text = self.row.get_ref(self.next - 1)?.as_str()?;
        text.parse().map_err(|error: Invalid| self.conversion(&error))
    }

    fn conversion(&self, error: &Invalid) -> rusqlite::Error {
        conversion(&format!("number {}", self.next), error)
    }
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
    execute(tx, "savepoint part", &[])?;
    let outcome = part(tx);
    match &outcome {
        Ok(_) => drop(execute(tx, "release part", &[])?),
        Err(Error::DiskFull) => return Err(Error::DiskFull),
        Err(_) => tx.execute_batch("rollback to part; release part")?,
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
