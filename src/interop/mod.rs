//! Files of others: how their rows become rows of an import.

pub(crate) mod csv;
pub(crate) mod jsonl;
pub(crate) mod mapping;

/// One row of a file, with the line that it starts on (from 1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// For messages about it.
    pub(crate) line: u64,
    /// The row as one JSON object without line breaks, or what is wrong with it.
    pub(crate) json: Result<Vec<u8>, String>,
}

/// Longest row, in bytes.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;
