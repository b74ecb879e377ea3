//! JSON Lines: one object a line, read in flat memory.

use std::io::{BufRead, Read};

use super::mapping::Mapping;
use super::{ROW_BYTES_MAX, Row};

/// The rows of a file. A line that is no object is a bad row, not the end; an unreadable file is.
pub(crate) struct Rows<R> {
    input: R,
    mapping: Mapping,
    line: u64,
}

impl<R: BufRead> Rows<R> {
    /// Rows from an open file.
    pub(crate) fn new(input: R, mapping: Mapping) -> Self {
        Self { input, mapping, line: 0 }
    }

    /// The next line without its end, cut off past the limit; `None` at the end of the file.
    fn next_line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = ROW_BYTES_MAX as u64 + 2;
        if self.input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        let complete = line.ends_with(b"\n");
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        if !complete && line.len() > ROW_BYTES_MAX {
            self.skip_line()?;
        }
        Ok(Some(line))
    }

    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let seen = self.input.fill_buf()?;
            let (used, done) = match seen.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (seen.len(), seen.is_empty()),
            };
            self.input.consume(used);
            if done {
                return Ok(());
            }
        }
    }

    fn object(&self, line: Vec<u8>) -> Result<Vec<u8>, String> {
        if line.len() > ROW_BYTES_MAX {
            return Err(format!("the line is longer than {} KiB", ROW_BYTES_MAX >> 10));
        }
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err("the line must be one JSON object".to_owned());
        }
        if self.mapping.is_empty() {
            return Ok(line);
        }
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&line).map_err(|error| format!("not valid JSON: {error}"))?;
        let mut mapped = serde_json::Map::new();
        for (name, value) in object {
            if let Some(field) = self.mapping.field(&name) {
                mapped.insert(field.to_owned(), value);
            }
        }
        Ok(serde_json::to_vec(&mapped).expect("a parsed object serializes"))
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = match self.next_line() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            if self.line == 1 && line.starts_with(b"\xEF\xBB\xBF") {
                line.drain(..3);
            }
            if !line.trim_ascii().is_empty() {
                return Some(Ok(Row { line: self.line, json: self.object(line) }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8], pairs: &[&str]) -> Vec<Row> {
        let pairs: Vec<_> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        let mapping = Mapping::parse(&pairs).expect("valid");
        Rows::new(text, mapping).map(|row| row.expect("in memory")).collect()
    }

    #[test]
    fn lines_are_numbered_and_bad_ones_do_not_end_the_file() {
        let found = rows(b"\xEF\xBB\xBF{\"a\":1}\r\n\n[1]\n  {\"b\":2}", &[]);
        assert_eq!(found.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3, 4]);
        assert_eq!(found[0].json.as_deref(), Ok(&b"{\"a\":1}"[..]));
        assert!(found[1].json.is_err());
        assert!(found[2].json.is_ok());
    }

    #[test]
    fn an_endless_line_is_one_bad_row() {
        let mut text = vec![b'{'; ROW_BYTES_MAX * 3];
        text.extend_from_slice(b"\n{}\n");
        let found = rows(&text, &[]);
        assert_eq!(found.len(), 2);
        assert!(found[0].json.is_err());
        assert_eq!((found[1].line, found[1].json.is_ok()), (2, true));
    }

    #[test]
    fn names_are_mapped_inside_each_object() {
        let found = rows(br#"{"question":"q","note":1}"#, &["user_message=question", "-=note"]);
        assert_eq!(found[0].json.as_deref(), Ok(&br#"{"user_message":"q"}"#[..]));
    }
}
