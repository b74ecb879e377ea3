//! Licences and cost: what the binary is made of may be shipped, and each part is accounted for.

use std::process::Command;

use serde_json::Value;

use super::tree::Tree;
use super::{assert_caught, assert_clean};

/// Licences that may stand in a binary under Apache-2.0, as SPDX names them.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression leaves a choice in which every licence is allowed.
fn may_ship(expression: &str) -> bool {
    // Before SPDX 2 was common, crates wrote "/" for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let allowed = either(&words, &mut at);
    allowed && at == words.len()
}

fn either(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = both(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        // Read the right side in any case: `at` has to move.
        allowed |= both(words, at);
    }
    allowed
}

fn both(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(words, at);
    }
    allowed
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let word = words.get(*at);
    // Past the end as well: then `at` can no longer meet the end, and the expression is refused.
    *at += 1;
    let Some(word) = word else { return false };
    if *word == "(" {
        let allowed = either(words, at);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return allowed && closed;
    }
    let mut licence = (*word).to_owned();
    if let Some(["WITH", exception]) = words.get(*at..*at + 2) {
        licence = format!("{word} WITH {exception}");
        *at += 2;
    }
    ALLOWED.contains(&licence.as_str())
}

/// Packages of `cargo metadata` that may not be shipped.
fn wrong_licences(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let licence = |it: &Value| it["license"].as_str().unwrap_or("none named").to_owned();
    let wrong = packages.iter().filter(|it| !may_ship(&licence(it)));
    wrong.map(|it| format!("{}: licence {}", it["name"], licence(it))).collect()
}

/// The platform of this machine.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    text.lines().find_map(|it| it.strip_prefix("host: ")).expect("a host line").to_owned()
}

/// What the build for a platform consists of, with and without DuckDB's own sources.
///
/// Not `--offline`: the crates of features that this build leaves out may still have to be
/// fetched, once. With everything fetched, Cargo asks nobody.
pub(super) fn metadata(platform: &str) -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`cargo fetch --locked` helps if this is offline:\n{talk}");
    serde_json::from_slice(&output.stdout).expect("cargo speaks JSON")
}

/// Direct dependencies without a row in CONTRIBUTING.md, and rows without a dependency.
fn unaccounted(manifest: &str, contributing: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("Cargo.toml is TOML");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|it| manifest.get(*it)?.as_table());
    let names: Vec<&str> = tables.flat_map(toml::Table::keys).map(String::as_str).collect();
    let rows = contributing.lines().filter_map(|it| it.strip_prefix("| `")?.split_once('`'));
    let rows: Vec<&str> = rows.map(|(name, _)| name).collect();
    let missing = names.iter().filter(|it| !rows.contains(it));
    let stale = rows.iter().filter(|it| !names.contains(it));
    missing
        .map(|it| format!("CONTRIBUTING.md: say what `{it}` costs and what it replaces"))
        .chain(stale.map(|it| format!("CONTRIBUTING.md: `{it}` is no dependency any more")))
        .collect()
}

#[test]
fn every_dependency_may_be_shipped() {
    let metadata = metadata(&host());
    let count = metadata["packages"].as_array().map_or(0, Vec::len);
    assert!(count > 100, "only {count} packages were read");
    assert_clean(&wrong_licences(&metadata));

    let planted = serde_json::json!({"packages": [
        {"name": "good", "license": "MIT"},
        {"name": "bad", "license": "AGPL-3.0-only"},
    ]});
    assert_caught(&wrong_licences(&planted), "bad");
    let unnamed = serde_json::json!({"packages": [{"name": "bare", "license": null}]});
    assert_caught(&wrong_licences(&unnamed), "bare");
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        "MIT AND (Zlib OR GPL-2.0-only)",
    ] {
        assert!(may_ship(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND AGPL-3.0-only",
        "GPL-2.0-only WITH LLVM-exception",
        "MIT OR",
        "(MIT",
        "MIT MIT",
    ] {
        assert!(!may_ship(bad), "{bad}");
    }
}

#[test]
fn every_direct_dependency_is_accounted_for() {
    let tree = Tree::repository();
    let text = |path: &str| tree.get(path).expect("a file of the root").text.clone();
    let (manifest, contributing) = (text("Cargo.toml"), text("CONTRIBUTING.md"));
    assert_clean(&unaccounted(&manifest, &contributing));

    let planted = manifest.replacen("[dependencies]", "[dependencies]\nleft-pad = \"1\"", 1);
    assert_caught(&unaccounted(&planted, &contributing), "`left-pad` costs");
    let planted = format!("{contributing}\n| `left-pad` | much | little |\n");
    assert_caught(&unaccounted(&manifest, &planted), "`left-pad` is no dependency");
}
