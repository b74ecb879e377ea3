//! Crashes: whatever was acknowledged is there afterwards, and it is there once.

mod failing_disk;
mod journal;
mod killed;
mod power_cut;
mod terminated;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::command::run;

/// Compiles a C file of this folder into a library to be preloaded.
fn library(folder: &Path, source: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash").join(source);
    let library = folder.join(source).with_extension("so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&library);
    cc.arg(path).args(["-ldl", "-lpthread"]);
    run(cc, b"").expect(0);
    library
}
