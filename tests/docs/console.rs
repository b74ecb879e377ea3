//! `console` blocks: a command after `$ `, then what it prints.

use std::fs;

use super::{blocks, documents, write_files};
use crate::support::command;

#[test]
fn every_console_example_prints_what_the_document_says() {
    // trycmd looks for the files of a document beside it, so the documents are copied together
    // with theirs.
    let folder = tempfile::tempdir().expect("a folder");
    let mut examples = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).expect("readable");
        let found = blocks(&text);
        examples += found.iter().filter(|block| block.language == "console").count();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let (before, after) = (format!("{name}.in"), format!("{name}.out"));
        fs::create_dir(folder.path().join(&before)).expect("writable");
        fs::create_dir(folder.path().join(&after)).expect("writable");
        write_files(&found, &folder.path().join(&before));
        fs::write(folder.path().join(format!("{name}.md")), text).expect("writable");
    }
    assert!(examples > 10, "{examples} examples");
    let cases = trycmd::TestCases::new();
    cases.register_bin("thumbwheel", command::binary().as_path());
    cases.env("NO_COLOR", "1").env("TZ", "UTC");
    let pattern = folder.path().join("*.md");
    // A failure panics when the cases are dropped.
    cases.case(pattern.to_str().expect("text"));
}
