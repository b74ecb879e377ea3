//! Files: every source, query, template and asset is reached by something, and none is huge.

use std::collections::BTreeMap;

use super::code::tokens;
use super::tree::{File, Tree};
use super::{assert_caught, assert_clean};

/// Lock files and licences apart, what a person would read or write by hand is smaller.
const BYTES_MAX: usize = 256_000;

/// Folder in which the modules that `file` declares lie.
fn module_folder(file: &File) -> String {
    let (folder, name) = file.path.rsplit_once('/').expect("below a folder");
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}/"),
        _ => format!("{}/", file.path.trim_end_matches(".rs")),
    }
}

/// Rust files that no `mod` reaches, so that nobody compiles them.
fn orphan_modules(tree: &Tree) -> Vec<String> {
    let roots = ["src/lib.rs", "src/main.rs", "tests/main.rs", "benches/main.rs"];
    let mut reached: Vec<String> = roots.map(str::to_owned).into();
    let mut next = 0;
    while next < reached.len() {
        if let Some(file) = tree.get(&reached[next]) {
            let folder = module_folder(file);
            for words in tokens(&file.code).windows(3) {
                if let ("mod", name, ";") = (words[0].text, words[1].text, words[2].text) {
                    reached.push(format!("{folder}{name}.rs"));
                    reached.push(format!("{folder}{name}/mod.rs"));
                }
            }
        }
        next += 1;
    }
    let files = tree.rust("src/").chain(tree.rust("tests/")).chain(tree.rust("benches/"));
    let orphans = files.filter(|it| !reached.contains(&it.path));
    orphans.map(|it| format!("{}: no `mod` reaches it", it.path)).collect()
}

/// The files that `include_str!("…")` embeds, resolved against the file that says so.
fn embedded(file: &File) -> Vec<String> {
    const CALL: &str = "include_str!(";
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut out = Vec::new();
    for (at, _) in file.code.match_indices(CALL) {
        let literal = file.text[at + CALL.len()..].trim_start().strip_prefix('"');
        let Some((path, _)) = literal.and_then(|it| it.split_once('"')) else {
            continue;
        };
        let mut parts: Vec<&str> = folder.split('/').collect();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." => (),
                part => parts.push(part),
            }
        }
        out.push(parts.join("/"));
    }
    out
}

/// Queries that are not embedded exactly once, or do not say what they answer.
fn loose_queries(tree: &Tree) -> Vec<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for path in tree.rust("src/").flat_map(embedded) {
        *uses.entry(path).or_default() += 1;
    }
    let mut out = Vec::new();
    let is_query = |it: &&File| it.path.starts_with("src/") && it.path.ends_with(".sql");
    for file in tree.files().filter(is_query) {
        let count = uses.get(&file.path).copied().unwrap_or(0);
        if count != 1 {
            out.push(format!("{}: embedded by {count} include_str!, not by one", file.path));
        }
        if !file.text.starts_with("--") {
            out.push(format!("{}: must start with a comment: what it answers", file.path));
        }
        if !file.path.contains("/sql/") {
            out.push(format!("{}: queries lie in a folder named sql", file.path));
        }
    }
    out
}

/// Assets that no source file and no other asset names.
fn orphan_assets(tree: &Tree) -> Vec<String> {
    let is_asset = |it: &&File| it.path.starts_with("assets/");
    let is_papers = |it: &File| it.path.contains("LICENSE") || it.path.ends_with(".md");
    let mut out = Vec::new();
    for asset in tree.files().filter(is_asset).filter(|it| !is_papers(it)) {
        let name = asset.path.rsplit('/').next().expect("a file name");
        let mut readers = tree.rust("src/").chain(tree.files().filter(is_asset));
        if !readers.any(|it| it.path != asset.path && names(&it.text, name)) {
            out.push(format!("{}: no source and no other asset names it", asset.path));
        }
    }
    out
}

/// Whether `text` holds `name` as a whole file name: `app.css`, but not in `my-app.css`.
fn names(text: &str, name: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    text.match_indices(name).any(|(at, _)| {
        let after = &text[at + name.len()..];
        !text[..at].ends_with(part_of_name) && !after.starts_with(char::is_alphanumeric)
    })
}

fn huge_files(tree: &Tree) -> Vec<String> {
    let made = |path: &str| path == "Cargo.lock" || path.starts_with("assets/licenses/");
    let huge = tree.files().filter(|it| it.bytes > BYTES_MAX && !made(&it.path));
    huge.map(|it| format!("{}: {} bytes, at most {BYTES_MAX}", it.path, it.bytes)).collect()
}

#[test]
fn every_source_file_is_compiled() {
    assert_clean(&orphan_modules(Tree::repository()));
    let tree = Tree::planted(&[
        ("src/lib.rs", "mod a;\n// mod lost;"),
        ("src/a.rs", "pub(crate) mod b;"),
        ("src/a/b/mod.rs", "mod c;"),
        ("src/a/b/c.rs", ""),
        ("src/lost.rs", ""),
        ("tests/main.rs", "mod a;"),
        ("tests/a.rs", ""),
    ]);
    assert_caught(&orphan_modules(&tree), "src/lost.rs");
}

#[test]
fn every_query_is_embedded_once_and_says_what_it_answers() {
    assert_clean(&loose_queries(Tree::repository()));
    let query = ("src/store/sql/thumbs/insert.sql", "-- One thumb.\ninsert");
    let embed = "const A: &str = include_str!(\"sql/thumbs/insert.sql\");";
    let check = |files: &[(&str, &str)]| loose_queries(&Tree::planted(files));
    assert_clean(&check(&[query, ("src/store/thumbs.rs", embed)]));
    let above = embed.replace("sql/", "../sql/");
    assert_clean(&check(&[query, ("src/store/thumbs/write.rs", &above)]));

    assert_caught(&check(&[query, ("src/store/thumbs.rs", "")]), "by 0");
    assert_caught(&check(&[query, ("src/store/thumbs.rs", &format!("// {embed}"))]), "by 0");
    assert_caught(&check(&[query, ("src/store/thumbs.rs", &format!("{embed}{embed}"))]), "by 2");
    let bare = (query.0, "insert");
    assert_caught(&check(&[bare, ("src/store/thumbs.rs", embed)]), "must start with a comment");
    let stray = [("src/store/a.sql", "-- A."), ("src/store/a.rs", "include_str!(\"a.sql\")")];
    assert_caught(&check(&stray), "a folder named sql");
}

#[test]
fn every_asset_is_named_by_something() {
    assert_clean(&orphan_assets(Tree::repository()));
    let page = "<link href=\"/static/app.css\">";
    let tree = Tree::planted(&[
        ("src/render/mod.rs", "get(\"pages/home.html\")"),
        ("assets/templates/pages/home.html", page),
        ("assets/static/app.css", ""),
        ("assets/static/p.css", "/* p.css */"),
    ]);
    assert_caught(&orphan_assets(&tree), "assets/static/p.css");
}

#[test]
fn no_file_is_huge() {
    assert_clean(&huge_files(Tree::repository()));
    let text = "x".repeat(BYTES_MAX + 1);
    assert_caught(&huge_files(&Tree::planted(&[("a.bin", &text), ("Cargo.lock", &text)])), "a.bin");
}
