//! Rows on their way to `POST /api/import`: in batches, counted, with a bar on the terminal.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::args::ImportArgs;
use super::client::{Client, with_query};
use super::{Done, output};
use crate::interop::Row;
use crate::upstream::call::Call;

/// Rows that are sent at a time.
const SEND_ROWS: usize = 20_000;
/// Bytes that are sent at a time, unless one row is longer.
const SEND_BYTES: usize = 8 << 20;
/// Bad lines that are told one by one.
const TOLD_MAX: u64 = 50;

/// A bar on the terminal for what takes longer than a moment.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar over the bytes of a file.
    pub(super) fn over(path: &Path) -> Self {
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        // Files this small are through before a bar could be read.
        if bytes < 1 << 20 || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta}");
        Self(ProgressBar::new(bytes).with_style(style.expect("the template is well formed")))
    }

    pub(super) fn wrap(&self, input: impl Read + Send + 'static) -> impl BufRead + Send {
        BufReader::with_capacity(256 << 10, self.0.wrap_read(input))
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// What `POST /api/import` answers.
#[derive(Debug, Default, Deserialize)]
struct Reply {
    created: u64,
    changed: u64,
    unchanged: u64,
    opted_out: u64,
    errors: Vec<RowError>,
}

#[derive(Debug, Deserialize)]
struct RowError {
    index: usize,
    detail: String,
}

/// Sends rows in batches and keeps count.
pub(super) struct Sender<'a> {
    client: &'a Client,
    strict: bool,
    dry_run: bool,
    batch: Vec<u8>,
    lines: Vec<u64>,
    counts: Reply,
    rows: u64,
    bad: u64,
}

impl<'a> Sender<'a> {
    /// A sender for one file.
    pub(super) fn new(client: &'a Client, options: &ImportArgs) -> Self {
        Self {
            client,
            strict: options.strict,
            dry_run: options.dry_run,
            batch: Vec::new(),
            lines: Vec::new(),
            counts: Reply::default(),
            rows: 0,
            bad: 0,
        }
    }

    /// Takes every row of a file, or those up to the first bad one where that is the end.
    pub(super) async fn all(
        &mut self,
        rows: impl Iterator<Item = std::io::Result<Row>>,
    ) -> anyhow::Result<()> {
        for row in rows {
            if !self.row(row.context("the file cannot be read on")?).await? {
                return Ok(());
            }
        }
        self.flush().await.map(drop)
    }

    /// Takes one row. False when there is no point in going on.
    pub(super) async fn row(&mut self, row: Row) -> anyhow::Result<bool> {
        self.rows += 1;
        match row.json {
            Ok(json) => {
                self.batch.extend_from_slice(&json);
                self.batch.push(b'\n');
                self.lines.push(row.line);
            }
            Err(reason) => {
                // What came before a bad line comes first, in the file and in the messages.
                if self.strict && !self.flush().await? {
                    return Ok(false);
                }
                self.reject(row.line, &reason);
                return Ok(!self.strict);
            }
        }
        if self.lines.len() >= SEND_ROWS || self.batch.len() >= SEND_BYTES {
            return self.flush().await;
        }
        Ok(true)
    }

    /// Sends what waits. False when a row was bad and that is the end.
    pub(super) async fn flush(&mut self) -> anyhow::Result<bool> {
        if self.lines.is_empty() {
            return Ok(true);
        }
        let switch = |on| if on { "true" } else { "false" };
        let pairs = [("dry_run", switch(self.dry_run)), ("strict", switch(self.strict))];
        let path = with_query("/api/import", &pairs);
        let call = Call::post(path, std::mem::take(&mut self.batch))
            .with("content-type", "application/x-ndjson");
        let reply: Reply = serde_json::from_value(self.client.json(call).await?)?;
        let lines = std::mem::take(&mut self.lines);
        for error in &reply.errors {
            self.reject(lines.get(error.index).copied().unwrap_or(0), &error.detail);
        }
        self.counts.created += reply.created;
        self.counts.changed += reply.changed;
        self.counts.unchanged += reply.unchanged;
        self.counts.opted_out += reply.opted_out;
        Ok(reply.errors.is_empty() || !self.strict)
    }

    fn reject(&mut self, line: u64, reason: &str) {
        self.bad += 1;
        match self.bad {
            n if n <= TOLD_MAX => output::talk(&format!("line {line}: {reason}")),
            n if n == TOLD_MAX + 1 => output::talk("… and more; only the first are shown"),
            _ => (),
        }
    }

    /// Says what became of the file.
    pub(super) fn tell(&self) -> Done {
        let Reply { created, changed, unchanged, opted_out, .. } = self.counts;
        let (rows, bad) = (self.rows, self.bad);
        if self.dry_run {
            output::talk(&format!("{rows} rows read, {bad} of them bad; nothing was stored"));
        } else {
            output::talk(&format!(
                "{rows} rows read: {created} new, {changed} changed, {unchanged} unchanged, \
                 {opted_out} of users who opted out, {bad} bad"
            ));
        }
        if bad == 0 { Done::All } else { Done::Partly }
    }
}
