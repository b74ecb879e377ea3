//! Prose: documents tell the truth about the tree, and no text names what must stay outside.

use super::code::tokens;
use super::tree::{File, Tree};
use super::{assert_caught, assert_clean};

/// Hosts of package registries, which only Cargo.lock needs, and places on one person's machine.
/// Written in halves, because this file is checked as well.
const BANNED: [&str; 8] = [
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("/wor", "k/"),
    concat!("/roo", "t/"),
];

/// Marks of unfinished work; unfinished work belongs into an issue.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

fn banned_text(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for file in tree.files().filter(|it| it.path != "Cargo.lock") {
        for word in BANNED {
            let found = file.text.match_indices(word);
            out.extend(found.map(|(at, it)| format!("{}: names {it}", file.at(at))));
        }
        for word in UNFINISHED {
            let found = file.text.match_indices(word).filter(|(at, _)| is_whole(file, *at, word));
            out.extend(found.map(|(at, it)| format!("{}: {it}: finish it", file.at(at))));
        }
    }
    out
}

/// Whether the word at `at` is not a part of a longer one.
fn is_whole(file: &File, at: usize, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let after = &file.text[at + word.len()..];
    !file.text[..at].ends_with(part) && !after.starts_with(part)
}

/// The `code spans` of a document, with their offsets; fenced blocks are left out.
fn code_spans(text: &str) -> Vec<(usize, &str)> {
    let (mut out, mut at, mut fenced) = (Vec::new(), 0, false);
    for line in text.split_inclusive('\n') {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let mut span_at = at;
            for (i, span) in line.split('`').enumerate() {
                if i % 2 == 1 {
                    out.push((span_at, span));
                }
                span_at += span.len() + 1;
            }
        }
        at += line.len();
    }
    out
}

/// Whether a code span reads as a path of this repository, and not as a URL or a command.
fn is_path(span: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let endings = [".rs", ".md", ".sql", ".toml", ".sh", ".html", ".json", ".js", ".css", ".lock"];
    let named = span.contains('/') || endings.iter().any(|it| span.ends_with(it));
    named && span.chars().all(plain) && !span.starts_with('/')
}

/// Paths and tests that a document names and the repository does not have.
fn untrue_names(tree: &Tree, document: &str) -> Vec<String> {
    let file = tree.get(document).expect("the document");
    let suites = tree.get("tests/main.rs").map_or_else(Vec::new, |it| modules(&it.code));
    let mut out = Vec::new();
    for (at, span) in code_spans(&file.text) {
        let parts: Vec<&str> = span.split("::").collect();
        if is_path(span) && !tree.exists(span) && !tree.exists(&format!("src/{span}")) {
            out.push(format!("{}: `{span}` does not exist", file.at(at)));
        }
        if parts.len() > 1 && suites.iter().any(|it| it == parts[0]) {
            let name = format!("fn {}()", parts[parts.len() - 1]);
            let folder = format!("tests/{}", parts[..parts.len() - 1].join("/"));
            if !tree.rust(&folder).any(|it| it.code.contains(&name)) {
                out.push(format!("{}: there is no test `{span}`", file.at(at)));
            }
        }
    }
    out
}

/// The modules that `code` declares.
fn modules(code: &str) -> Vec<String> {
    let words = tokens(code);
    let found = words.windows(3).filter(|it| it[0].text == "mod" && it[2].text == ";");
    found.map(|it| it[1].text.to_owned()).collect()
}

#[test]
fn no_text_names_a_registry_a_machine_or_unfinished_work() {
    assert_clean(&banned_text(Tree::repository()));
    let check = |path: &str, text: &str| banned_text(&Tree::planted(&[(path, text)]));
    assert_clean(&check("README.md", "the to-do list; a todo; network/ed; TODOS"));
    assert_clean(&check("Cargo.lock", BANNED[0]));
    for word in BANNED.iter().chain(&UNFINISHED) {
        assert_caught(&check("docs/a.md", &format!("see\nhttps://{word}")), "docs/a.md:2");
        assert_caught(&check("src/a.rs", &format!("// {word}")), word);
    }
}

#[test]
fn the_architecture_names_only_what_exists() {
    let tree = Tree::repository();
    let document = &tree.get("ARCHITECTURE.md").expect("ARCHITECTURE.md").text;
    let named = code_spans(document).iter().filter(|(_, it)| is_path(it)).count();
    assert!(named >= 5, "only {named} paths were read");
    assert_clean(&untrue_names(tree, "ARCHITECTURE.md"));

    let check = |text: &str| {
        untrue_names(
            &Tree::planted(&[
                ("ARCHITECTURE.md", text),
                ("src/store/thumbs.rs", ""),
                ("tests/main.rs", "mod tidy;"),
                ("tests/tidy/layers.rs", "#[test]\nfn holds() {}"),
            ]),
            "ARCHITECTURE.md",
        )
    };
    assert_clean(&check("`src/store`, `store/thumbs.rs`, `tests/`, `/api/feedback`, `GET /x.rs`"));
    assert_clean(&check("`tidy::layers::holds`, `store::thumbs`\n```\na/lost.rs `\n```\n`tests/`"));
    assert_caught(&check("a\n`src/store/lost.rs`"), "ARCHITECTURE.md:2: `src/store/lost.rs`");
    assert_caught(&check("```\n`\n```\n`LOST.md`"), "ARCHITECTURE.md:4");
    assert_caught(&check("`tidy::layers::lost`"), "no test `tidy::layers::lost`");
}

#[test]
fn the_architecture_can_be_read_in_one_sitting() {
    let document = &Tree::repository().get("ARCHITECTURE.md").expect("ARCHITECTURE.md").text;
    let lines = document.lines().count();
    assert!((40..=200).contains(&lines), "ARCHITECTURE.md has {lines} lines");
}
