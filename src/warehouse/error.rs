//! What can go wrong in the warehouse, and whose fault an error of DuckDB is.
//!
//! Our own statements are right by construction, so when DuckDB refuses one, the file is not what
//! we made of it. Only a statement that a user wrote can itself be wrong.

use serde::Deserialize;

/// What can go wrong in the warehouse; a variant for each thing that a caller does differently.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The question itself is at fault; the text is meant for the one who asked.
    #[error("{0}")]
    Refused(String),
    /// The answer needs more memory than there is.
    #[error("the query needs more memory than it may use; select fewer rows or columns")]
    Memory,
    /// The question was called off.
    #[error("the query was stopped")]
    Stopped,
    /// The file can no longer be trusted.
    #[error("the mirror cannot be trusted: {0}")]
    Doubtful(String),
    /// The file turned out to be bad when part of the answer had been given out.
    #[error("the result broke off: {0}")]
    BrokeOff(String),
    /// DuckDB met a mistake of its own and answers nothing more until the file is opened again.
    #[error("DuckDB failed: {0}")]
    Broken(String),
    /// Another process has the mirror open.
    #[error("another process has the mirror open; stop it")]
    InUse,
    /// A file could not be made, moved or removed.
    #[error("cannot use {what}: {source}")]
    Io {
        /// What was done to which kind of file.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// How messages begin that speak of the file, whoever wrote the statement.
const OF_THE_FILE: [&str; 3] = ["IO Error", "Serialization Error", "Corruption Error"];

impl Error {
    /// The same error of a statement that a user wrote: unless it speaks of the file, the
    /// statement is at fault.
    pub(super) fn of_users_statement(self) -> Self {
        match self {
            Self::Doubtful(text) if !starts_with(&text, &OF_THE_FILE) => Self::Refused(text),
            other => other,
        }
    }
}

/// An error of one of our own statements. For those of users see [`Error::of_users_statement`].
impl From<duckdb::Error> for Error {
    fn from(error: duckdb::Error) -> Self {
        let text = match error {
            duckdb::Error::DuckDBFailure(_, Some(text)) => plain(text),
            other => return Self::Doubtful(other.to_string()),
        };
        if starts_with(&text, &["Out of Memory Error", "OutOfMemory Error"])
            || text.contains("bad_alloc")
        {
            Self::Memory
        } else if starts_with(&text, &["INTERRUPT Error", "Interrupt Error"]) {
            Self::Stopped
        } else if starts_with(&text, &["INTERNAL Error", "FATAL Error", "Fatal Error"])
            || text.contains("database has been invalidated")
        {
            Self::Broken(text)
        } else {
            Self::Doubtful(text)
        }
    }
}

/// The form in which DuckDB reports what happens while rows are fetched.
#[derive(Deserialize)]
struct Exception {
    exception_type: String,
    exception_message: String,
}

/// A message in DuckDB's usual form, `<type> Error: <message>`, whichever form it came in.
fn plain(text: String) -> String {
    match serde_json::from_str::<Exception>(&text) {
        Ok(it) => format!("{} Error: {}", it.exception_type, it.exception_message),
        Err(_) => text,
    }
}

fn starts_with(text: &str, heads: &[&str]) -> bool {
    heads.iter().any(|head| text.starts_with(head))
}

/// Names what was being done when the system refused.
pub(super) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Error {
        let code = duckdb::ffi::Error::new(1);
        duckdb::Error::DuckDBFailure(code, Some(text.to_owned())).into()
    }

    #[test]
    fn both_forms_of_a_message_mean_the_same() {
        let json = r#"{"exception_type":"Out of Memory","exception_message":"failed to pin",
            "error_subtype":"x"}"#;
        assert!(matches!(of(json), Error::Memory));
        assert!(matches!(of("Out of Memory Error: failed to pin"), Error::Memory));
        let json = r#"{"exception_type":"INTERRUPT","exception_message":"Interrupted!"}"#;
        assert!(matches!(of(json), Error::Stopped));
        let json = r#"{"exception_type":"INTERNAL","exception_message":"oh"}"#;
        assert!(matches!(of(json), Error::Broken(_)));
        let json = r#"{"exception_type":"Conversion","exception_message":"no number: 'x'"}"#;
        let Error::Refused(text) = of(json).of_users_statement() else { panic!("not refused") };
        assert_eq!(text, "Conversion Error: no number: 'x'");
    }

    #[test]
    fn our_statements_are_never_at_fault_and_a_users_only_where_the_file_is_not() {
        for text in ["Binder Error: no column", "Catalog Error: no table", "IO Error: bad block"] {
            assert!(matches!(of(text), Error::Doubtful(_)), "{text}");
        }
        assert!(matches!(of("Binder Error: x").of_users_statement(), Error::Refused(_)));
        assert!(matches!(of("IO Error: x").of_users_statement(), Error::Doubtful(_)));
        assert!(matches!(of("Out of Memory Error: x").of_users_statement(), Error::Memory));
    }
}
