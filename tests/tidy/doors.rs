//! Doors: each foreign system is named by the modules that own it, and by no other.

use super::code::{Path, paths, tokens};
use super::tree::{File, Tree};
use super::{assert_caught, assert_clean};

/// Dependencies with a door: the crate, and the only modules that may name it.
const DOORS: [(&str, &[&str]); 34] = [
    ("anyhow", &["cli", "jobs"]),
    ("axum", &["web"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["export", "interop"]),
    ("duckdb", &["warehouse"]),
    ("flate2", &["web"]),
    ("futures_util", &["app", "upstream", "web"]),
    ("getrandom", &["app"]),
    ("governor", &["web"]),
    ("hmac", &["privacy"]),
    ("http_body_util", &["upstream", "web"]),
    ("hyper", &["upstream", "web"]),
    ("hyper_util", &["upstream", "web"]),
    ("indicatif", &["cli"]),
    ("landlock", &["warehouse"]),
    ("metrics_exporter_prometheus", &["app"]),
    ("mimalloc", &["main"]),
    ("minijinja", &["render"]),
    ("parquet", &["export"]),
    ("pulldown_cmark", &["render"]),
    ("refinery", &["store"]),
    ("rusqlite", &["store"]),
    ("rust_embed", &["render"]),
    ("rustix", &["app", "cli", "store", "warehouse"]),
    ("serde_path_to_error", &["web"]),
    ("strsim", &["model"]),
    ("subtle", &["privacy", "web"]),
    ("tokio_io_timeout", &["web"]),
    ("toml", &["config"]),
    ("tower", &["web"]),
    ("tower_http", &["web"]),
    ("tracing_subscriber", &["cli"]),
];

/// Dependencies that are vocabulary: they reach no foreign system, and any module may name them.
const VOCABULARY: [&str; 11] = [
    "bytes",
    "data_encoding",
    "jiff",
    "metrics",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "tracing",
    "utoipa",
];

/// Acts with a door: a path that stands for the act, and the only modules that may name it.
const ACTS: [(&str, &[&str]); 18] = [
    // The environment.
    ("std::env", &["config", "main"]),
    ("env::args", &["config", "main"]),
    ("env::current_dir", &["config", "main"]),
    ("env::current_exe", &["config", "main"]),
    ("env::var", &["config", "main"]),
    ("env::var_os", &["config", "main"]),
    ("env::vars", &["config", "main"]),
    // The wall clock, and the clock that only measures.
    ("SystemTime::now", &["app"]),
    ("Timestamp::now", &["app"]),
    ("Zoned::now", &["app"]),
    ("Instant::now", &["app", "store", "upstream", "warehouse", "web"]),
    // Randomness.
    ("Uuid::new_v4", &["app"]),
    ("Uuid::now_v7", &["app"]),
    // Outbound connections.
    ("hyper::client", &["upstream"]),
    ("hyper_util::client", &["upstream"]),
    ("TcpStream::connect", &["upstream"]),
    // Standard output and error.
    ("io::stdout", &["cli"]),
    ("io::stderr", &["cli"]),
];

/// Macros that write to the terminal.
const PRINTING: [&str; 4] = ["print", "println", "eprint", "eprintln"];

/// The modules that compute and nothing else, and what they must not name.
const PURE: [&str; 2] = ["model", "stats"];
const IMPURE: [&str; 6] =
    ["std::fs", "std::net", "std::process", "std::thread", "std::io", "tokio"];

/// Names that stand outside their door, in the code that ships.
fn wrong_doors(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for file in tree.rust("src/") {
        let shipped = file.shipped();
        for path in paths(&shipped) {
            out.extend(wrong_crate(file, &path));
            out.extend(wrong_act(file, &path));
        }
        let words = tokens(&shipped);
        for pair in words.windows(2) {
            let prints = PRINTING.contains(&pair[0].text) && pair[1].text == "!";
            if prints && file.module() != "cli" {
                out.push(format!("{}: only `cli` writes to the terminal", file.at(pair[0].at)));
            }
        }
    }
    out
}

fn wrong_crate(file: &File, path: &Path) -> Option<String> {
    let name = path.segments.first()?;
    let is_crate = path.import || path.segments.len() > 1;
    let (_, owners) = DOORS.iter().find(|(it, _)| it == name && is_crate)?;
    (!owners.contains(&file.module())).then(|| denied(file, path, owners))
}

fn wrong_act(file: &File, path: &Path) -> Option<String> {
    let named = |act: &str| {
        let act: Vec<&str> = act.split("::").collect();
        path.segments.windows(act.len()).any(|it| it == act)
    };
    if PURE.contains(&file.module()) && IMPURE.iter().any(|it| named(it)) {
        return Some(format!("{}: `{}` is pure: no I/O", file.at(path.at), file.module()));
    }
    let (_, owners) = ACTS.iter().find(|(act, _)| named(act))?;
    (!owners.contains(&file.module())).then(|| denied(file, path, owners))
}

fn denied(file: &File, path: &Path, owners: &[&str]) -> String {
    let named = path.segments.join("::");
    format!("{}: `{named}` is for {} only", file.at(path.at), owners.join(", "))
}

/// Dependencies of `manifest` for which nobody has decided who may name them, and decisions about
/// crates that are no dependency.
fn undecided(manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("Cargo.toml is TOML");
    let names = manifest["dependencies"].as_table().expect("a table").keys();
    let names: Vec<String> = names.map(|it| it.replace('-', "_")).collect();
    let doors = DOORS.iter().map(|(name, _)| *name);
    let decided: Vec<&str> = doors.chain(VOCABULARY).collect();
    let mut out = Vec::new();
    for name in names.iter().filter(|it| !decided.contains(&it.as_str())) {
        out.push(format!("decide in tests/tidy/doors.rs who may name the dependency `{name}`"));
    }
    for name in decided.iter().filter(|it| !names.iter().any(|name| name == *it)) {
        out.push(format!("tests/tidy/doors.rs decides about `{name}`, which is no dependency"));
    }
    out
}

#[test]
fn each_foreign_system_has_one_door() {
    assert_clean(&wrong_doors(Tree::repository()));
}

#[test]
fn a_name_outside_its_door_is_caught() {
    let check = |path: &str, text: &str| wrong_doors(&Tree::planted(&[(path, text)]));
    assert_clean(&check("src/store/a.rs", "use rusqlite::Connection;"));
    assert_clean(&check("src/store/a.rs", "const A: &str = \"axum::X\"; // axum::X"));
    assert_clean(&check("src/web/a.rs", "fn f() { state.duckdb; self.std::x }"));
    assert_clean(&check("src/web/a.rs", "#[cfg(test)]\nmod tests { use rusqlite::X; }"));
    assert_clean(&check("src/cli/a.rs", "fn f() { println!(); }"));

    let caught = |path: &str, text: &str| assert_caught(&check(path, text), "only");
    caught("src/web/a.rs", "use rusqlite::Connection;");
    caught("src/web/a.rs", "use {duckdb};");
    caught("src/store/a.rs", "fn f() -> axum::Router { g() }");
    caught("src/store/a.rs", "#[derive(clap::Parser)] struct A;");
    caught("src/store/a.rs", "fn f() { println!(); }");
    caught("src/web/a.rs", "fn f() { std::io::stdout(); }");
    caught("src/cli/a.rs", "fn f() { std::env::var(x); }");
    caught("src/cli/a.rs", "use std::{env, fs};");
    caught("src/web/a.rs", "fn f() { jiff::Timestamp::now() }");
    caught("src/export/a.rs", "fn f() { Instant::now() }");
    caught("src/store/a.rs", "fn f() { uuid::Uuid::now_v7() }");
    caught("src/web/a.rs", "use hyper::{body::Body, client::conn::http1};");
    assert_caught(&check("src/stats/a.rs", "use std::fs::File;"), "pure");
}

#[test]
fn every_dependency_has_a_door_or_is_vocabulary() {
    let manifest = &Tree::repository().get("Cargo.toml").expect("Cargo.toml").text;
    assert_clean(&undecided(manifest));
    let planted = manifest.replacen("[dependencies]", "[dependencies]\nleft-pad = \"1\"", 1);
    assert_caught(&undecided(&planted), "`left_pad`");
    let planted = manifest.replacen("\naxum =", "\n# axum =", 1);
    assert_caught(&undecided(&planted), "`axum`, which is no dependency");
}
