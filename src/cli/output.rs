//! Talk on stderr, data on stdout.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat, no_color};

/// How wide a terminal is that does not say so.
const COLUMNS: usize = 80;

/// The command was told something that makes no sense: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// Says what went wrong.
pub(super) fn complain(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Many errors tell their cause themselves.
        if !text.contains(&cause) {
            text = if text.is_empty() { cause } else { format!("{text}: {cause}") };
        }
    }
    talk(&format!("error: {text}"));
}

/// One line for people.
pub(super) fn talk(line: &str) {
    // A closed stderr has no reader to miss the line.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What the terminal on stderr can do: its width in columns, and whether it may be coloured.
pub(super) fn terminal() -> (usize, bool) {
    let stderr = io::stderr();
    if !stderr.is_terminal() {
        return (COLUMNS, false);
    }
    let size = rustix::termios::tcgetwinsize(&stderr).map_or(0, |size| usize::from(size.ws_col));
    (if size == 0 { COLUMNS } else { size }, !no_color())
}

/// Data for whoever reads stdout. `Ok(false)` when the reader has gone away, which ends a
/// command as it ends `head`.
pub(super) fn data(bytes: &[u8]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// One line of data.
pub(super) fn line(text: &str) -> io::Result<bool> {
    data(format!("{text}\n").as_bytes())
}

/// Checks what is to be logged.
pub(super) fn check_log(config: &Config) -> Result<(), Usage> {
    filter(&config.log).map(drop)
}

fn filter(level: &str) -> Result<EnvFilter, Usage> {
    EnvFilter::try_new(level).map_err(|error| {
        Usage(format!("log must be error, warn, info, debug or a filter: {error}"))
    })
}

/// Sends the log to stderr. `quiet` is for commands that are no servers: warnings only, unless
/// the user asked for more.
pub(super) fn start_log(config: &Config, quiet: bool) -> Result<(), Usage> {
    let level = match config.log.as_str() {
        "info" if quiet => "warn",
        level => level,
    };
    let filter = filter(level)?;
    let colors = io::stderr().is_terminal() && !no_color();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start in one process keeps the first log.
    let _ = match config.log_format {
        LogFormat::Text => log.with_ansi(colors).with_target(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    Ok(())
}

/// Says on a terminal that something takes its time; says nothing elsewhere.
pub(super) struct Spinner(ProgressBar);

impl Spinner {
    /// A spinner with what is being done.
    pub(super) fn start(what: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self(spinner)
    }

    /// Takes it away.
    pub(super) fn stop(&self) {
        self.0.finish_and_clear();
    }
}
