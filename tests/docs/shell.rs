//! `sh` blocks: all of a document in one shell, as a reader would paste them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Block, blocks, documents, repository, write_files};
use crate::support::{command, server};

/// Stands before the lines of a document: what was started is stopped in the end.
const BEFORE: &str = r#"
set -euo pipefail
trap 'code=$?; kill $(jobs -p) 2>/dev/null || true; wait; exit $code' EXIT
"#;

/// For machines without curl: as much of it as the documents use.
const CURL: &str = include_str!("curl.sh");

#[test]
fn every_shell_example_prints_what_the_document_says() {
    let mut examples = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).expect("readable");
        examples += run(&path, &blocks(&text));
    }
    assert!(examples > 10, "{examples} examples");
}

#[test]
fn a_wrong_example_is_caught() {
    let block = |language: &str, text: &str| Block {
        language: language.to_owned(),
        file: None,
        text: text.to_owned(),
    };
    let wrong = [block("sh", "thumbwheel project list\n"), block("text", "another\n")];
    let caught = std::panic::catch_unwind(|| run(Path::new("planted.md"), &wrong));
    assert!(caught.is_err(), "what is not printed is caught");
    let failing = [block("sh", "thumbwheel project nonsense\n")];
    let caught = std::panic::catch_unwind(|| run(Path::new("planted.md"), &failing));
    assert!(caught.is_err(), "a line that fails is caught");
}

/// Runs the `sh` blocks of a document. Returns how many there were.
fn run(path: &Path, blocks: &[Block]) -> usize {
    let is_run = |block: &&Block| block.language == "sh" && !block.text.contains("make ");
    let count = blocks.iter().filter(is_run).count();
    if count == 0 {
        return 0;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write_files(blocks, folder.path());
    let port = server::free_port();
    let output = shell(folder.path(), &script(blocks, port), port);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = &output.stderr;
    assert_eq!(output.code, Some(0), "{}: {printed}\n{said}", path.display());
    // Each expected text comes after the one before it.
    let mut rest = printed.as_str();
    for (at, pair) in blocks.windows(2).enumerate() {
        if !is_run(&&pair[0]) || !["text", "json"].contains(&pair[1].language.as_str()) {
            continue;
        }
        let (_, own) = rest.split_once(&mark(at)).expect("each block is marked");
        let (own, _) = own.split_once("\n<<<").unwrap_or((own, ""));
        let expected = pair[1].text.replace("8945", &port.to_string());
        let name = path.display();
        assert!(matches(&expected, own.trim()), "{name}: expected {expected}\ngot{own}\n{said}");
        rest = rest.split_once(&mark(at)).expect("as above").1;
    }
    count
}

/// Whether a text is as expected, where `…` stands for anything.
fn matches(expected: &str, text: &str) -> bool {
    let pieces: Vec<&str> = expected.trim().split('…').collect();
    let [first, between @ .., last] = pieces.as_slice() else { return expected.trim() == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in between {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

fn mark(at: usize) -> String {
    format!("<<<{at}>>>")
}

fn script(blocks: &[Block], port: u16) -> String {
    let mut script = BEFORE.to_owned();
    for (at, block) in blocks.iter().enumerate() {
        if block.language != "sh" || block.text.contains("make ") {
            continue;
        }
        script += &format!("echo; echo '{}'\n", mark(at));
        for line in block.text.lines() {
            script += &line.replace("8945", &port.to_string());
            script.push('\n');
        }
    }
    script
}

fn shell(folder: &Path, script: &str, port: u16) -> command::Output {
    let programs = folder.join("programs");
    fs::create_dir(&programs).expect("writable");
    std::os::unix::fs::symlink(command::binary(), programs.join("thumbwheel")).expect("writable");
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let curl = if has_curl { "" } else { CURL };
    let path = std::env::var("PATH").unwrap_or_default();
    let mut bash = Command::new("bash");
    bash.current_dir(folder)
        .args(["-c", &format!("{curl}{script}")])
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("THUMBWHEEL_LISTEN", format!("127.0.0.1:{port}"))
        .env("THUMBWHEEL_LOG", "warn")
        .env("REPOSITORY", repository())
        .env("NO_COLOR", "1")
        .env("TZ", "UTC");
    command::run(bash, b"")
}
