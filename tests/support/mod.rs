//! What the black-box tests stand on: a running server, the command line, an HTTP client, a
//! direct look into the database, and reproducible randomness; a browser, pages for it, and the
//! npm packages that it is tested with.
//!
//! The binary under test is the one that Cargo built, or the one that `THUMBWHEEL_BIN` names.

pub(crate) mod browser;
pub(crate) mod command;
pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod node;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod server;
pub(crate) mod stage;
pub(crate) mod store;

use std::io::Write as _;
use std::time::{Duration, Instant};

pub(crate) use command::{Output, cli, cli_with, key, publishable_key};
pub(crate) use http::{Client, Reply};
pub(crate) use random::Random;
pub(crate) use server::{Options, Server};

/// Guards against a hang; nothing that works comes near it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Every scope of a secret key.
pub(crate) const ALL_SCOPES: &str = "ingest,read,export,sql,admin,erase";

/// A fresh data folder, removed with the value.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("tw-")
        .tempdir()
        .expect("the temporary directory can be written")
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within `patience`.
#[track_caller]
pub(crate) fn until<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Whether `THUMBWHEEL_WITHOUT_<WHAT>` says that this machine lacks something. Then says so, past
/// the test runner, which shows nothing of a test that passes.
fn without(what: &str) -> bool {
    let name = format!("THUMBWHEEL_WITHOUT_{what}");
    let without = std::env::var_os(&name).is_some_and(|it| it == "1");
    if without {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        writeln!(std::io::stderr(), "{test} is left out: {name}=1")
            .expect("standard error is open");
    }
    without
}
