//! Limits: sizes that keep a file readable, and habits that hide trouble.

use super::code::{Token, block_end, line_of, tokens};
use super::tree::{File, Tree};
use super::{assert_caught, assert_clean};

const FILE_LINES_MAX: usize = 400;
/// Tests are lists; they may be longer.
const TEST_FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_CHARS_MAX: usize = 100;
/// Without `self`.
const PARAMETERS_MAX: usize = 6;

/// Names that say nothing about what a module owns.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

struct Function<'a> {
    at: usize,
    name: &'a str,
    lines: usize,
    parameters: usize,
}

/// Every function with a name in blanked code.
fn functions(code: &str) -> Vec<Function<'_>> {
    let tokens = tokens(code);
    let mut out = Vec::new();
    for (i, pair) in tokens.windows(2).enumerate() {
        if pair[0].text != "fn" || !pair[1].is_word() {
            continue;
        }
        let Some(open) = parameters_open(&tokens, i + 2) else {
            continue;
        };
        let (parameters, close) = parameters(&tokens, open);
        let (at, end) = (pair[0].at, body_end(code, &tokens[close..]));
        let lines = line_of(code, end) - line_of(code, at) + 1;
        out.push(Function { at, name: pair[1].text, lines, parameters });
    }
    out
}

/// Index of the `(` after a function's name and its generics.
fn parameters_open(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let mut angles = 0;
    for (i, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "<" => angles += 1,
            ">" => angles -= 1,
            "(" if angles == 0 => return Some(i),
            _ => (),
        }
    }
    None
}

/// Number of parameters without `self`, and the index of the closing `)`.
fn parameters(tokens: &[Token<'_>], open: usize) -> (usize, usize) {
    let (mut depth, mut count) = (0, 0);
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth -= 1,
            // Each parameter has one colon of its own; a short `self` has none.
            ":" if depth == 1 && tokens[i - 1].text != "self" => count += 1,
            _ => (),
        }
        if depth == 0 {
            return (count, i);
        }
    }
    (count, tokens.len() - 1)
}

/// Offset of the end of the body, or of the `;` that stands in its place.
fn body_end(code: &str, after: &[Token<'_>]) -> usize {
    let mut brackets = 0;
    for token in after {
        match token.text {
            "[" => brackets += 1,
            "]" => brackets -= 1,
            "{" => return block_end(code, token.at) - 1,
            ";" if brackets == 0 => return token.at,
            _ => (),
        }
    }
    code.len()
}

/// Files, functions, lines and parameter lists that are too long.
fn too_long(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for file in tree.rust("") {
        let lines_max =
            if file.path.starts_with("src/") { FILE_LINES_MAX } else { TEST_FILE_LINES_MAX };
        let lines = file.text.lines().count();
        if lines > lines_max {
            out.push(format!("{}: {lines} lines, at most {lines_max}", file.path));
        }
        for (i, line) in file.text.lines().enumerate() {
            let chars = line.chars().count();
            if chars > LINE_CHARS_MAX {
                out.push(format!("{}:{}: {chars} characters", file.path, i + 1));
            }
        }
        for Function { at, name, lines, parameters } in functions(&file.code) {
            if lines > FUNCTION_LINES_MAX {
                out.push(format!("{}: `{name}` has {lines} lines", file.at(at)));
            }
            if parameters > PARAMETERS_MAX {
                out.push(format!("{}: `{name}` has {parameters} parameters", file.at(at)));
            }
        }
    }
    out
}

/// Rust files that do not say first what they own, or whose name says nothing.
fn unclear_files(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for file in tree.rust("") {
        if !file.text.starts_with("//!") {
            out.push(format!("{}: must start with `//!` and what it owns", file.path));
        }
        let names = file.path.trim_end_matches(".rs").split('/');
        for name in names.filter(|it| EMPTY_NAMES.contains(it)) {
            out.push(format!("{}: `{name}` says nothing: name what it owns", file.path));
        }
    }
    out
}

/// Ways to look away: from a lint, from an error, from a failing test.
fn looking_away(tree: &Tree) -> Vec<String> {
    let found = |file: &File, code: &str, words: &str, instead: &str| -> Vec<String> {
        let found = code.match_indices(words);
        found.map(|(at, it)| format!("{}: `{it}`: {instead}", file.at(at))).collect()
    };
    let mut out = Vec::new();
    for file in tree.rust("") {
        for attribute in ["#[allow", "#![allow"] {
            out.extend(found(file, &file.code, attribute, "use #[expect(…, reason = …)]"));
        }
        out.extend(found(file, &file.code, "#[ignore", "a test runs or is deleted"));
        out.extend(found(file, &file.code, "#[should_panic", "assert the error instead"));
        if file.path.starts_with("src/") {
            let instead = "return the error, or expect(\"why it cannot fail\")";
            let shipped = file.shipped();
            out.extend(found(file, &shipped, ".unwrap()", instead));
            // Other checks take a file of this name for one that does not ship.
            let instead = "must stand under #[cfg(test)]";
            out.extend(found(file, &shipped, "mod tests", instead));
        }
    }
    out
}

#[test]
fn files_functions_and_lines_stay_short() {
    assert_clean(&too_long(Tree::repository()));
}

#[test]
fn what_is_too_long_is_caught() {
    let check = |path: &str, text: &str| too_long(&Tree::planted(&[(path, text)]));
    assert_clean(&check("src/a.rs", &"\n".repeat(FILE_LINES_MAX)));
    assert_caught(&check("src/a.rs", &"\n".repeat(FILE_LINES_MAX + 1)), "401 lines");
    assert_clean(&check("tests/a.rs", &"\n".repeat(TEST_FILE_LINES_MAX)));
    assert_caught(&check("tests/a.rs", &"\n".repeat(TEST_FILE_LINES_MAX + 1)), "601 lines");

    assert_clean(&check("src/a.rs", &"ä".repeat(LINE_CHARS_MAX)));
    assert_caught(&check("src/a.rs", &"ä".repeat(LINE_CHARS_MAX + 1)), "101 characters");

    let body = |lines: usize| format!("fn f() -> [u8; 2] {{\n{}}}\n", "'{'; // {\n".repeat(lines));
    assert_clean(&check("src/a.rs", &body(FUNCTION_LINES_MAX - 2)));
    assert_caught(&check("src/a.rs", &body(FUNCTION_LINES_MAX - 1)), "`f` has 71 lines");

    let six = "trait T { fn f<A: Fn(u8, u8) -> u8>(&'a mut self, a: (A, B), b: [u8; 2], \
               c: Map<A, B>,\n d: &mut D, (e, g): E, h: fn(A, B),) -> R; }";
    assert_clean(&check("src/a.rs", six));
    assert_clean(&check("src/a.rs", &six.replace("&'a mut self", "self: Arc<Self>")));
    let seven = six.replace("h: fn", "i: I, h: fn");
    assert_caught(&check("src/a.rs", &seven), "`f` has 7 parameters");
    assert_caught(&check("src/a.rs", &six.replace("&'a mut self", "s: S")), "7 parameters");
}

#[test]
fn every_file_says_what_it_owns() {
    assert_clean(&unclear_files(Tree::repository()));
    let check = |path: &str, text: &str| unclear_files(&Tree::planted(&[(path, text)]));
    assert_clean(&check("src/commons.rs", "//! Owns the commons.\n"));
    assert_caught(&check("src/a.rs", "use b;\n//! Late.\n"), "must start with");
    assert_caught(&check("src/store/utils.rs", "//! Things.\n"), "`utils` says nothing");
    assert_caught(&check("src/common/a.rs", "//! Things.\n"), "`common` says nothing");
}

#[test]
fn nobody_looks_away() {
    assert_clean(&looking_away(Tree::repository()));
    let check = |path: &str, text: &str| looking_away(&Tree::planted(&[(path, text)]));
    let tested = "// .unwrap()\n#[cfg(test)]\nmod tests { fn f() { g.unwrap() } }";
    assert_clean(&check("src/a.rs", tested));
    assert_clean(&check("src/a/tests.rs", "fn f() { g().unwrap() }"));
    assert_caught(&check("src/a.rs", "mod tests;"), "must stand under #[cfg(test)]");
    assert_clean(&check("tests/a.rs", "#[expect(x)] fn f() { \"#[ignore]\".unwrap() }"));
    assert_caught(&check("src/a.rs", "fn f() { g().unwrap() }"), "src/a.rs:1: `.unwrap()`");
    assert_caught(&check("src/a.rs", "\n#[allow(dead_code)]"), "src/a.rs:2: `#[allow`");
    assert_caught(&check("tests/a.rs", "#![allow(dead_code)]"), "`#![allow`");
    assert_caught(&check("tests/a.rs", "#[ignore = \"slow\"]"), "`#[ignore`");
    assert_caught(&check("tests/a.rs", "#[should_panic]"), "`#[should_panic`");
}
