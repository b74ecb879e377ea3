//! Tells the binary what it was built from, and where a prebuilt DuckDB lies.
//!
//! Sets `THUMBWHEEL_COMMIT`, `THUMBWHEEL_TARGET` and `THUMBWHEEL_DUCKDB` (`prebuilt` or `bundled`)
//! for `thumbwheel version`. It watches exact files and variables only, so that a build without a
//! change stays a build without work.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");

    let bundled = env::var_os("CARGO_FEATURE_BUNDLED").is_some();
    if let (false, Ok(folder)) = (bundled, env::var("DUCKDB_LIB_DIR")) {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }

    let target = env::var("TARGET").expect("cargo sets TARGET for build scripts");
    println!("cargo:rustc-env=THUMBWHEEL_TARGET={target}");
    println!("cargo:rustc-env=THUMBWHEEL_COMMIT={}", commit().as_deref().unwrap_or("unknown"));
    let linked = if bundled { "bundled" } else { "prebuilt" };
    println!("cargo:rustc-env=THUMBWHEEL_DUCKDB={linked}");
}

/// Short hash of the commit that is checked out here; none outside a git checkout.
fn commit() -> Option<String> {
    let here = env::var("CARGO_MANIFEST_DIR").ok()?;
    let answer = git(&["rev-parse", "--show-toplevel", "--git-path", "logs/HEAD"])?;
    let (top, log) = answer.split_once('\n')?;
    // A source archive unpacked inside someone else's checkout has no commit of its own.
    if Path::new(top).canonicalize().ok()? != Path::new(&here).canonicalize().ok()? {
        return None;
    }
    // The log grows with each commit and checkout. Cargo would rebuild for ever on a missing file.
    if Path::new(log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
