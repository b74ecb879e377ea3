//! `thumbwheel import`: feedback from a file, in flat memory, as often as you like.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::args::{ImportArgs, ImportFormat};
use super::client::{Client, with_query};
use super::output::{self, Usage};
use super::{Done, parquet};
use crate::config::Config;
use crate::interop::mapping::Mapping;
use crate::interop::{self, Row};
use crate::model::ids::ProjectName;
use crate::upstream::call::Call;

/// Rows that are sent at a time.
const SEND_ROWS: usize = 1_000;
/// Bytes that are sent at a time, unless one row is longer.
const SEND_BYTES: usize = 4 << 20;
/// Bad lines that are told one by one.
const TOLD_MAX: u64 = 50;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    options: ImportArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true);
    let mapping = Mapping::parse(&options.map).map_err(Usage)?;
    let format = format(&options)?;
    if format == ImportFormat::Parquet {
        return parquet::import(config, project, options, mapping).await;
    }
    let progress = Progress::over(&options.file);
    let input = progress.wrap(open(&options.file)?);
    let client = Client::connect(&config, project).await?;
    let mut sender = Sender::new(&client, &options);
    let outcome = match format {
        ImportFormat::Csv => sender.all(interop::csv::Rows::new(input, &mapping)?).await,
        _ => sender.all(interop::jsonl::Rows::new(input, mapping)).await,
    };
    progress.finish();
    let done = outcome.map(|()| sender.tell());
    client.close().await;
    done
}

fn format(options: &ImportArgs) -> anyhow::Result<ImportFormat> {
    if let Some(format) = options.from {
        return Ok(format);
    }
    match options.file.extension().and_then(|ending| ending.to_str()) {
        Some("jsonl" | "ndjson") => Ok(ImportFormat::Jsonl),
        Some("csv") => Ok(ImportFormat::Csv),
        Some("parquet") => Ok(ImportFormat::Parquet),
        _ => Err(Usage("say what the file is with --from jsonl, csv or parquet".to_owned()).into()),
    }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(file))
}

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

    fn wrap(&self, input: impl Read + Send + 'static) -> impl BufRead + Send {
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

    async fn all(
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
