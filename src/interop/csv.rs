//! CSV with a header line (RFC 4180), read in flat memory.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::mapping::{FIELDS, JSON_FIELDS, Mapping};
use super::{ROW_BYTES_MAX, Row};

/// Why a file cannot be read as CSV at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CsvError {
    /// A column has a name that we do not know.
    #[error(
        "the column '{0}' is not a field of feedback; name its meaning with \
         --map FIELD={0}, or leave it out with --map -={0}"
    )]
    UnknownColumn(String),
    /// The file breaks the rules of CSV.
    #[error("not valid CSV: {0}")]
    Csv(#[from] csv::Error),
}

/// The rows of a file. A row that breaks a rule is a bad row, not the end; one without an end (a
/// quote that is never closed) is the end, before it fills the memory.
pub(crate) struct Rows<R> {
    reader: csv::Reader<Rationed<R>>,
    ration: Rc<Cell<usize>>,
    /// What each column means; `None` where it is left out.
    columns: Vec<Option<String>>,
}

impl<R: Read> Rows<R> {
    /// Rows from an open file, whose header line is read now.
    ///
    /// # Errors
    /// When the header cannot be read or names a column that means nothing.
    pub(crate) fn new(input: R, mapping: &Mapping) -> Result<Self, CsvError> {
        let ration = Rc::new(Cell::new(ROW_BYTES_MAX));
        let input = Rationed { input, left: Rc::clone(&ration) };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let mut columns = Vec::new();
        for name in reader.headers()? {
            let name = name.trim_start_matches('\u{FEFF}');
            let field = mapping.field(name);
            if let Some(field) = field.filter(|field| !FIELDS.contains(field)) {
                return Err(CsvError::UnknownColumn(field.to_owned()));
            }
            columns.push(field.map(str::to_owned));
        }
        Ok(Self { reader, ration, columns })
    }

    fn object(&self, record: &csv::StringRecord) -> Result<Vec<u8>, String> {
        if record.len() != self.columns.len() {
            let (found, expected) = (record.len(), self.columns.len());
            return Err(format!("the row has {found} cells where the header has {expected}"));
        }
        let mut object = Map::new();
        for (cell, column) in record.iter().zip(&self.columns) {
            // An empty cell says nothing, as an absent field does.
            let Some(field) = column.as_deref().filter(|_| !cell.is_empty()) else {
                continue;
            };
            let cell = plain(cell);
            let value = if JSON_FIELDS.contains(&field) {
                serde_json::from_str(cell).map_err(|error| format!("{field}: {error}"))?
            } else {
                Value::from(cell)
            };
            object.insert(field.to_owned(), value);
        }
        Ok(serde_json::to_vec(&object).expect("an object serializes"))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        let before = self.reader.position().line();
        self.ration.set(ROW_BYTES_MAX);
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(before, csv::Position::line);
                Some(Ok(Row { line, json: self.object(&record) }))
            }
            Err(error) if error.is_io_error() => Some(Err(error.into())),
            Err(error) => Some(Ok(Row { line: before, json: Err(error.to_string()) })),
        }
    }
}

/// A file of which only so much may be read for one row.
struct Rationed<R> {
    input: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let limit = ROW_BYTES_MAX >> 10;
            let text = format!("a row is longer than {limit} KiB; is a quote not closed?");
            return Err(io::Error::other(text));
        }
        let n = self.input.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(n));
        Ok(n)
    }
}

/// Takes off the apostrophe that our own export puts before a formula.
fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if crate::model::text::looks_like_formula(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, pairs: &[&str]) -> Result<Vec<Row>, CsvError> {
        let pairs: Vec<_> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        let mapping = Mapping::parse(&pairs).expect("valid");
        Ok(Rows::new(text.as_bytes(), &mapping)?.map(|row| row.expect("in memory")).collect())
    }

    #[test]
    fn cells_become_fields_and_json_cells_become_json() {
        let text =
            "id,feedback,comment,action_data\nm1,up,\"two\nlines\",\"{\"\"a\"\":1}\"\nm2,up,,\n";
        let found = rows(text, &["message_id=id"]).expect("valid");
        let json =
            |n: usize| String::from_utf8(found[n].json.clone().expect("valid")).expect("utf-8");
        assert_eq!(
            json(0),
            r#"{"action_data":{"a":1},"comment":"two\nlines","feedback":"up","message_id":"m1"}"#
        );
        assert_eq!(json(1), r#"{"feedback":"up","message_id":"m2"}"#);
        assert_eq!((found[0].line, found[1].line), (2, 4));
    }

    #[test]
    fn an_unknown_column_is_refused_with_the_way_out() {
        let text = rows("message_id,mood\nm1,good\n", &[]).expect_err("unknown").to_string();
        assert!(text.contains("--map -=mood"), "{text}");
    }

    #[test]
    fn a_row_of_another_length_is_one_bad_row() {
        let found = rows("message_id,feedback\nm1\nm2,up\n", &[]).expect("valid");
        assert!(found[0].json.is_err() && found[1].json.is_ok());
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_file_before_it_fills_the_memory() {
        let text = format!("message_id,comment\nm1,\"{}", "x".repeat(8 * ROW_BYTES_MAX));
        let mut rows = Rows::new(text.as_bytes(), &Mapping::default()).expect("a header");
        let error = rows.next().expect("an end").expect_err("an error").to_string();
        assert!(error.contains("quote"), "{error}");
    }

    #[test]
    fn a_defused_formula_comes_back_as_it_was() {
        let found = rows("message_id,comment\nm1,'=1+1\nm2,'tis\n", &[]).expect("valid");
        let json =
            |n: usize| String::from_utf8(found[n].json.clone().expect("valid")).expect("utf-8");
        assert!(json(0).contains(r#""comment":"=1+1""#));
        assert!(json(1).contains(r#""comment":"'tis""#));
    }
}
