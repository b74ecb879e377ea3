//! npm packages that only tests need, fetched once for all checkouts, and Node to run them.
//!
//! `tests/node` says which; none of them ships. With `THUMBWHEEL_WITHOUT_NODE=1` there are none,
//! and the tests that need them pass without.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::command::{Output, run};
use super::{until, without};

/// Fetching them takes seconds; a network may be slow.
const FETCH_MAX: Duration = Duration::from_secs(600);

/// The folder of the packages.
pub(crate) struct Modules(PathBuf);

/// The packages, or none where tests run without Node.
///
/// # Panics
/// When they cannot be had and nobody has said so.
#[track_caller]
pub(crate) fn modules() -> Option<&'static Modules> {
    static MODULES: OnceLock<Result<Modules, String>> = OnceLock::new();
    if without("NODE") {
        return None;
    }
    match MODULES.get_or_init(fetch) {
        Ok(modules) => Some(modules),
        Err(error) => panic!("{error}"),
    }
}

impl Modules {
    /// The folder of the packages.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// A file of a package: `axe-core/axe.min.js`.
    #[track_caller]
    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.0.join("node_modules").join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()))
    }

    /// Runs a program of a package, such as `esbuild`, with what it reads from standard input.
    #[track_caller]
    pub(crate) fn tool(&self, name: &str, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(self.0.join("node_modules/.bin").join(name));
        command.args(arguments).current_dir(&self.0);
        run(command, stdin.as_bytes())
    }

    /// Runs a module of JavaScript, which may import the packages.
    #[track_caller]
    pub(crate) fn script(&self, source: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("node");
        command.args(["--input-type=module", "-"]).args(arguments).current_dir(&self.0);
        run(command, source.as_bytes())
    }
}

fn fetch() -> Result<Modules, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/modules.sh");
    let child = Command::new("sh").arg(&script).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("sh: {error}"))?;
    let status = until("the npm packages of tests/node are here", FETCH_MAX, || {
        child.try_wait().expect("it is our child")
    });
    let printed = child.wait_with_output().map_err(|error| error.to_string())?.stdout;
    if !status.success() {
        return Err(format!(
            "tests/node/modules.sh: {status}; install Node and npm (apt-get install nodejs npm), \
             or leave these tests out with THUMBWHEEL_WITHOUT_NODE=1"
        ));
    }
    Ok(Modules(String::from_utf8_lossy(&printed).trim().into()))
}
