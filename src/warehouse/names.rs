//! Texts of DuckDB, made fit to be shown.

use std::path::Path;

/// Takes the machine out of a message: paths of the data folder, stack traces, addresses.
pub(crate) fn shown(message: &str, root: &Path) -> String {
    if message.starts_with("INTERNAL Error") || message.starts_with("FATAL Error") {
        return "DuckDB failed on this query with an internal error; write it differently"
            .to_owned();
    }
    let message = match root.to_str() {
        Some(root) if !root.is_empty() => message.replace(root, "…"),
        _ => message.to_owned(),
    };
    message.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_stack_traces_are_not_shown() {
        let root = Path::new("/srv/data");
        assert_eq!(shown("IO Error: /srv/data/mirror/1\n", root), "IO Error: …/mirror/1");
        let internal = shown("INTERNAL Error: x\nStack Trace:\n/usr/lib/a.so(+1)", root);
        assert!(!internal.contains("/usr"), "{internal}");
    }
}
