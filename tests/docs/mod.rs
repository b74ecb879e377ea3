//! The documents are true: every example in README.md and `docs/` is run as it stands.
//!
//! - `console` blocks hold commands after `$ ` and what they print; trycmd runs them.
//! - `sh` blocks hold lines for a shell; all of a document run in one shell. A `text` or `json`
//!   block right after one is what it prints, with `…` for what differs from run to run.
//! - `bash` blocks are for the reader alone: they need the rights of an administrator.
//! - A block with a file name after its language (`jsonl votes.jsonl`) is that file.

mod console;
mod shell;

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block of a document.
#[derive(Debug, Clone, PartialEq)]
struct Block {
    /// `sh`, `json`, …
    language: String,
    /// What follows the language: the name of a file.
    file: Option<String>,
    text: String,
}

/// The fenced blocks of a document, in order.
fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(info) => {
                let (language, file) = info.split_once(' ').unwrap_or((info, ""));
                let file = (!file.is_empty()).then(|| file.to_owned());
                blocks.push(Block { language: language.to_owned(), file, text: String::new() });
                inside = true;
            }
            None if inside => {
                let block = blocks.last_mut().expect("a block was opened");
                block.text += line;
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "a block is not closed");
    blocks
}

/// Writes the files that a document shows.
fn write_files(blocks: &[Block], folder: &Path) {
    for block in blocks {
        if let Some(file) = &block.file {
            fs::write(folder.join(file), &block.text).expect("writable");
        }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the documents that people write; the generated ones have no examples.
fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(repository().join("docs")).expect("docs/ is there");
    let mut files: Vec<_> = docs
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    files.push(repository().join("README.md"));
    files.sort();
    files
}

#[test]
fn blocks_are_read_as_they_stand() {
    let found = blocks("a\n```sh\nb\n```\n```jsonl c.jsonl\n{}\n{}\n```\n");
    let block = |language: &str, file: Option<&str>, text: &str| Block {
        language: language.to_owned(),
        file: file.map(str::to_owned),
        text: text.to_owned(),
    };
    assert_eq!(found, [block("sh", None, "b\n"), block("jsonl", Some("c.jsonl"), "{}\n{}\n")]);
}
