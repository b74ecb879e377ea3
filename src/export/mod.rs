//! Feedback on its way out: one file per format, each turning rows into bytes.

pub(crate) mod chat;
pub(crate) mod csv;
pub(crate) mod jsonl;
pub(crate) mod parquet;
