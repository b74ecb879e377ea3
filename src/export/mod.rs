//! Feedback on its way out: one file per row format, each writing rows to any `io::Write`.

pub(crate) mod chat;
pub(crate) mod csv;
pub(crate) mod jsonl;
pub(crate) mod parquet;
