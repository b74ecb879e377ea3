//! Rust code as the checks read it: without strings and comments, as tokens, as paths.

/// Number of the line that holds the byte at `offset`, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|it| **it == b'\n').count() + 1
}

/// Blanks comments and the contents of strings and characters; keeps lines, offsets and `"`.
pub(super) fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.chars().next_back().is_some_and(is_word);
        let length = opaque_len(rest, after_word).unwrap_or(0);
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        for (i, byte) in rest.bytes().take(length).enumerate() {
            let quote = byte == b'"' && first == '"' && (i == 0 || i + 1 == length);
            out.push(if quote || byte == b'\n' { char::from(byte) } else { ' ' });
        }
        rest = &rest[length..];
    }
    out
}

/// Bytes of the comment, string or character that `rest` starts with.
fn opaque_len(rest: &str, after_word: bool) -> Option<usize> {
    let until = |end: Option<usize>| Some(end.unwrap_or(rest.len()));
    if rest.starts_with("//") {
        return until(rest.find('\n'));
    }
    if rest.starts_with("/*") {
        return until(block_comment_end(rest));
    }
    if let Some(body) = rest.strip_prefix('"') {
        return until(closing(body, '"').map(|it| it + 1));
    }
    if let Some(body) = rest.strip_prefix('\'') {
        let mut chars = body.chars();
        let escaped = chars.next() == Some('\\');
        return match escaped || chars.next() == Some('\'') {
            true => until(closing(body, '\'').map(|it| it + 1)),
            false => None, // a lifetime
        };
    }
    let raw = ["r", "br", "cr"].iter().find_map(|it| rest.strip_prefix(it))?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    if after_word || !raw[hashes..].starts_with('"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body_at = rest.len() - raw.len() + hashes + 1;
    until(rest[body_at..].find(&close).map(|it| body_at + it + close.len()))
}

/// Offset after the unescaped `quote` that ends `body`.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(i + 1),
            _ => (),
        }
    }
    None
}

/// Block comments nest in Rust.
fn block_comment_end(rest: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    while let Some(step) = rest[at..].find(['/', '*']) {
        at += step;
        match rest.get(at..at + 2) {
            Some("/*") => (depth, at) = (depth + 1, at + 2),
            Some("*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Blanks every item under `#[cfg(test)]`.
pub(super) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let body = start + MARK.len();
        let end = rest[body..].find(['{', ';']).map_or(rest.len(), |it| body + it);
        let end = if rest[end..].starts_with('{') { block_end(rest, end) } else { end };
        out.push_str(&rest[..start]);
        out.extend(rest[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = &rest[end..];
    }
    out + rest
}

/// Offset after the `}` that closes the `{` at `open`.
pub(super) fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (i, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => (),
        }
        if depth == 0 {
            return open + i + 1;
        }
    }
    code.len()
}

/// A word, `::`, `->`, `=>`, or one other character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(is_word)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of blanked code.
pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if ["::", "->", "=>"].iter().any(|it| rest.starts_with(it)) {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            out.push(Token { at, text: &rest[..length] });
        }
        at += length;
    }
    out
}

/// A path as code names it: `use a::{b, c::d}` names `a::b` and `a::c::d`.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) at: usize,
    pub(super) segments: Vec<String>,
    /// Whether it stands in a `use`.
    pub(super) import: bool,
}

/// Every path that blanked code names.
pub(super) fn paths(code: &str) -> Vec<Path> {
    let tokens = tokens(code);
    let mut out = Vec::new();
    let mut i = 0;
    let mut import = false;
    while let Some(token) = tokens.get(i) {
        match token.text {
            "use" => (import, i) = (true, i + 1),
            ";" => (import, i) = (false, i + 1),
            "." => i += 2, // a field or a method
            "{" if import => i = path(&tokens, i, &[], true, &mut out),
            _ if token.is_word() => i = path(&tokens, i, &[], import, &mut out),
            _ => i += 1,
        }
    }
    out
}

/// Reads the path at token `i`, and returns the index after it.
fn path(
    tokens: &[Token<'_>],
    mut i: usize,
    prefix: &[String],
    import: bool,
    out: &mut Vec<Path>,
) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |it: &Token<'_>| it.text);
    let at = tokens[i].at;
    let mut segments = prefix.to_vec();
    loop {
        if text(i) == "{" {
            i += 1;
            while !matches!(text(i), "}" | "") {
                i = match text(i) {
                    "as" => i + 2,
                    word if tokens[i].is_word() || matches!(word, "{" | "*") => {
                        path(tokens, i, &segments, import, out)
                    }
                    _ => i + 1,
                };
            }
            return i + 1;
        }
        segments.push(text(i).to_owned());
        i += 1;
        let next = text(i + 1);
        if text(i) == "::" && (next.starts_with(is_word) || matches!(next, "{" | "*")) {
            i += 1;
        } else {
            out.push(Path { at, segments, import });
            return i;
        }
    }
}

#[test]
fn code_has_no_strings_characters_or_comments() {
    let text = concat!(
        "let a = \"x // y \\\" z\"; // c\n",
        "let b: &'a str = r#\"q\"q\"#; /* d /* e */ f */ g('\\'', '\"')",
    );
    let code = code_of(text);
    assert_eq!(code.len(), text.len(), "offsets hold");
    let words: Vec<&str> = tokens(&code).iter().map(|it| it.text).collect();
    assert_eq!(words.join(" "), "let a = \" \" ; let b : & ' a str = ; g ( , )");
}

#[test]
fn test_items_do_not_ship() {
    let tests = "#[cfg(test)]\nmod tests { fn b() { c() } }\n#[cfg(test)] use d;\n";
    let code = format!("fn a() {{}}\n{tests}fn e() {{}}");
    let words: Vec<String> =
        tokens(&without_tests(&code)).iter().map(|it| it.text.into()).collect();
    assert_eq!(words.join(""), "fna(){};fne(){}");
}

#[test]
fn nested_imports_are_read_as_whole_paths() {
    let code = "use crate::{a::{self, B as C}, d};\nx.y::<z>(); std::env::var(q) + crate::e::*";
    let found: Vec<String> = paths(code).iter().map(|it| it.segments.join("::")).collect();
    let expected = "crate::a::self crate::a::B crate::d x z std::env::var q crate::e::*";
    assert_eq!(found.join(" "), expected);
}
