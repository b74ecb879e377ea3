//! The listing that `thumbwheel licenses` prints: every crate in the binary with its licence.
//!
//! `assets/licenses/crates.txt` is made here (`UPDATE_GOLDEN=1 cargo test notices`);
//! `assets/licenses/bundled.txt`, the C and C++ inside those crates, is kept by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::licences::metadata;

/// The platform that is released; the listing is the same wherever this runs.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// How files with a licence begin, in the order of preference where a crate offers a choice.
const NAMES: [&str; 8] = [
    "LICENSE-MIT",
    "LICENCE-MIT",
    "LICENSE",
    "LICENCE",
    "COPYING",
    "UNLICENSE",
    "license",
    "NOTICE",
];

/// The crates that end up in the binary: what the package needs at run time, and what that needs.
fn shipped(metadata: &Value) -> Vec<&Value> {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a resolved graph");
    let node = |id: &str| nodes.iter().find(|node| node["id"] == id).expect("a node");
    let root = metadata["resolve"]["root"].as_str().expect("one package");
    let (mut seen, mut left) = (BTreeSet::new(), vec![root]);
    while let Some(id) = left.pop() {
        for needed in node(id)["deps"].as_array().expect("a list") {
            let kinds = needed["dep_kinds"].as_array().expect("a list");
            let package = needed["pkg"].as_str().expect("an id");
            if kinds.iter().any(|kind| kind["kind"].is_null()) && seen.insert(package) {
                left.push(package);
            }
        }
    }
    let packages = metadata["packages"].as_array().expect("a list");
    packages.iter().filter(|it| it["id"].as_str().is_some_and(|id| seen.contains(id))).collect()
}

/// The texts in a crate's folder: one licence, of which there may be several to choose from, and
/// all notices.
fn texts(package: &Value) -> Vec<String> {
    let manifest = package["manifest_path"].as_str().expect("a path");
    let folder = Path::new(manifest).parent().expect("a folder");
    let entries = fs::read_dir(folder).expect("the sources of each crate are here");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| NAMES.iter().any(|start| name.starts_with(start)))
        .filter(|name| folder.join(name).is_file())
        .collect();
    let rank = |name: &String| NAMES.iter().position(|start| name.starts_with(start));
    names.sort_by_key(|name| (rank(name), name.clone()));
    let notices = names.iter().filter(|name| name.starts_with("NOTICE"));
    let licence = names.iter().find(|name| !name.starts_with("NOTICE"));
    licence.into_iter().chain(notices).map(|name| read(&folder.join(name))).collect()
}

/// A text without what differs between copies of the same: the indentation.
fn read(path: &Path) -> String {
    let bytes = fs::read(path).expect("readable");
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

/// The whole listing: each text once, after the crates that it belongs to.
fn listing(metadata: &Value) -> String {
    let mut crates = String::new();
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in shipped(metadata) {
        let word = |key: &str| package[key].as_str().unwrap_or("none named").to_owned();
        let (name, version, licence) = (word("name"), word("version"), word("license"));
        crates += &format!("{name} {version}: {licence}\n");
        for text in texts(package) {
            owners.entry(text).or_default().push(format!("{name} {version}"));
        }
    }
    let line = "-".repeat(80);
    let mut sorted: Vec<_> = owners.into_iter().collect();
    sorted.sort_by(|(_, a), (_, b)| a.cmp(b));
    let texts = sorted
        .into_iter()
        .map(|(text, owners)| format!("\n{line}\n{}\n{line}\n\n{text}\n", owners.join("\n")));
    format!("The Rust crates in this binary, each with its licence.\n\n{crates}")
        + &texts.collect::<String>()
}

#[test]
fn the_listing_of_licences_is_complete() {
    let metadata = metadata(PLATFORM);
    let made = listing(&metadata);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/licenses/crates.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &made).expect("writable");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "assets/licenses/crates.txt is old; UPDATE_GOLDEN=1 cargo test notices");
    for name in ["rusqlite", "duckdb", "libduckdb-sys", "axum", "mimalloc"] {
        assert!(made.contains(&format!("\n{name} ")), "{name} is in the binary");
    }
    assert!(!made.contains("\ntrycmd "), "what only tests need is not");
}
