//! Texts of DuckDB, made fit to be shown.

use std::path::Path;

/// Takes the machine out of a message: paths of the data folder, stack traces, addresses, and
/// advice to change settings, which are locked.
pub(crate) fn shown(message: &str, root: &Path) -> String {
    if message.starts_with("INTERNAL Error") || message.starts_with("FATAL Error") {
        return "DuckDB failed on this query with an internal error; write it differently"
            .to_owned();
    }
    let message = without_advice(message);
    let message = match root.to_str() {
        Some(root) if !root.is_empty() => message.replace(root, "…"),
        _ => message,
    };
    message.trim_end().to_owned()
}

/// The message without the sentences that name a setting to change. The first sentence says what
/// is wrong and stays; so does everything from `LINE` on, where DuckDB quotes the statement.
fn without_advice(message: &str) -> String {
    let (said, quoted) = match message.find("\nLINE ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    let kept = said
        .split_inclusive('\n')
        .flat_map(|line| line.split_inclusive(". "))
        .enumerate()
        .filter(|(n, sentence)| *n == 0 || !advises(sentence))
        .map(|(_, sentence)| sentence);
    let mut text: String = kept.collect();
    text.truncate(text.trim_end().len());
    text + quoted
}

/// Whether a sentence names a command that would change something, such as `SET threads=1`.
fn advises(sentence: &str) -> bool {
    let is_followed_by_a_name = |command: &&str| {
        let mut rests = sentence.split(*command).skip(1);
        rests.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    sentence.starts_with("Possible solutions")
        || ["SET ", "PRAGMA ", "INSTALL ", "LOAD "].iter().any(is_followed_by_a_name)
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

    #[test]
    fn advice_to_change_settings_is_not_shown() {
        let root = Path::new("/srv/data");
        for (said, kept) in [
            (
                "Binder Error: Max expression depth limit of 1000 exceeded. Use \"SET \
                 max_expression_depth TO x\" to increase the maximum expression depth.",
                "Binder Error: Max expression depth limit of 1000 exceeded.",
            ),
            (
                "Invalid Input Error: too large\n\nPossible solutions:\n* Reducing the number of \
                 threads (SET threads=X)\n* See https://duckdb.org\n* LOAD httpfs;",
                "Invalid Input Error: too large\n\n* See https://duckdb.org",
            ),
            (
                "Binder Error: no x. Did you mean y?\n\nLINE 1: select 'SET a. SET b'",
                "Binder Error: no x. Did you mean y?\nLINE 1: select 'SET a. SET b'",
            ),
        ] {
            assert_eq!(shown(said, root), kept);
        }
    }
}
