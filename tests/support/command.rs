//! The command line, run as a user runs it: arguments in, exit code and two streams out.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;

use super::{PATIENCE, until};

/// What a finished command left behind.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// Exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Output {
    /// What it printed, if the exit code is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> String {
        let stdout = String::from_utf8_lossy(&self.stdout).into_owned();
        assert_eq!(self.code, Some(code), "stdout: {stdout}\nstderr: {}", self.stderr);
        stdout
    }

    /// The JSON that it printed, if it succeeded.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let stdout = self.expect(0);
        match serde_json::from_str(&stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {stdout}"),
        }
    }
}

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_thumbwheel"));
    std::env::var_os("THUMBWHEEL_BIN").map_or_else(built, PathBuf::from)
}

/// A command that sees nothing of the settings of whoever runs the tests.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy().starts_with("THUMBWHEEL_");
        if ours || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").env("TZ", "UTC");
    command
}

/// Runs `thumbwheel ARGUMENTS --data FOLDER`.
#[track_caller]
pub(crate) fn cli(folder: &Path, arguments: &[&str]) -> Output {
    cli_with(folder, arguments, b"")
}

/// The same with something on standard input.
#[track_caller]
pub(crate) fn cli_with(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let folder = folder.as_os_str();
    let all = arguments.iter().map(OsStr::new).chain([OsStr::new("--data"), folder]);
    let mut command = command();
    command.args(all);
    run(command, stdin)
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary under test can be started");
    let feeder = child.stdin.take().map(|mut pipe| {
        let stdin = stdin.to_vec();
        // A command that does not read its input closes the pipe; that is its right.
        std::thread::spawn(move || drop(pipe.write_all(&stdin)))
    });
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let code = wait(&mut child, &format!("{command:?} ends"));
    if let Some(feeder) = feeder {
        feeder.join().expect("writing does not panic");
    }
    let stderr = stderr.join().expect("reading does not panic");
    Output {
        code,
        stdout: stdout.join().expect("reading does not panic"),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// The exit code of a child that is about to end; it is ended when it does not.
#[track_caller]
pub(crate) fn wait(child: &mut Child, what: &str) -> Option<i32> {
    let hung = std::time::Instant::now() + PATIENCE;
    until(what, PATIENCE * 2, || {
        if std::time::Instant::now() > hung {
            // Already gone is as good.
            let _ = child.kill();
        }
        child.try_wait().expect("it is our child").map(|status| status.code())
    })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        }
        bytes
    })
}

/// A new secret key of project `default`.
#[track_caller]
pub(crate) fn key(folder: &Path, scopes: &str) -> String {
    let create = ["key", "create", "--project", "default", "--scope", scopes];
    let key = cli(folder, &create).expect(0).trim().to_owned();
    assert!(key.starts_with("tw_sk_") && !key.contains(char::is_whitespace), "{key:?}");
    key
}

/// A new publishable key of project `default`.
#[track_caller]
pub(crate) fn publishable_key(folder: &Path, origin: &str) -> String {
    let create = ["key", "create", "--project", "default", "--publishable", "--origin", origin];
    let key = cli(folder, &create).expect(0).trim().to_owned();
    assert!(key.starts_with("tw_pk_") && !key.contains(char::is_whitespace), "{key:?}");
    key
}
