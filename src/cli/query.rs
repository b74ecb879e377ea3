//! `thumbwheel query`: one SELECT over the mirror.

use std::io::Read;

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};

use super::args::{QueryArgs, RowFormat};
use super::client::Client;
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;
use crate::upstream::call::Call;

/// Widest column of a table, in characters.
const CELL_CHARS_MAX: usize = 60;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    options: QueryArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let mut sql = options.sql;
    if sql == "-" {
        sql.clear();
        std::io::stdin().read_to_string(&mut sql).context("cannot read stdin")?;
    }
    let client = Client::connect_to_data(&config, project).await?;
    let call = Call::post("/api/query", json!({ "sql": sql }).to_string())
        .with("content-type", "application/json")
        .with("accept", "application/x-ndjson");
    let reply = client.send(call).await?;
    let mut reader_left = false;
    let mut printer = Printer::new(if options.json { None } else { Some(options.format) });
    let mut rest = Vec::new();
    let lines = reply.pieces(|bytes| {
        rest.extend_from_slice(&bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if !printer.take(serde_json::from_slice(&line)?)? {
                reader_left = true;
                return Ok(false);
            }
        }
        Ok(true)
    });
    lines.await.map_err(|error| anyhow!(error))?;
    if !reader_left {
        printer.finish()?;
    }
    client.close().await;
    Ok(Done::All)
}

/// Shows rows as they come, or at the end where all of them must be known.
struct Printer {
    /// `None` for one JSON document.
    format: Option<RowFormat>,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    complete: bool,
}

impl Printer {
    fn new(format: Option<RowFormat>) -> Self {
        Self { format, columns: Vec::new(), rows: Vec::new(), complete: false }
    }

    /// Takes a line of the stream. False when nobody reads on.
    fn take(&mut self, line: Value) -> anyhow::Result<bool> {
        match line {
            Value::Array(values) => match self.format {
                Some(RowFormat::Jsonl) => Ok(output::line(&self.object(values).to_string())?),
                Some(RowFormat::Csv) => csv_line(values.iter().map(plain)),
                Some(RowFormat::Table) | None => {
                    self.rows.push(values);
                    Ok(true)
                }
            },
            mut other => {
                if let Some(error) = other["error"].as_str() {
                    bail!("the result broke off: {error}");
                }
                if other["columns"].is_array() {
                    self.columns = serde_json::from_value(other["columns"].take())?;
                    if self.format == Some(RowFormat::Csv) {
                        return csv_line(self.columns.iter().cloned());
                    }
                }
                self.complete |= other["done"] == true;
                Ok(true)
            }
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        if !self.complete {
            bail!("the result broke off; ask again");
        }
        match self.format {
            None => {
                let rows: Vec<_> = self.rows.iter().map(|row| self.object(row.clone())).collect();
                let all = json!({ "columns": self.columns, "rows": rows, "truncated": false });
                output::line(&all.to_string())?;
            }
            Some(RowFormat::Table) => self.table()?,
            Some(RowFormat::Jsonl | RowFormat::Csv) => (),
        }
        Ok(())
    }

    fn object(&self, values: Vec<Value>) -> Value {
        self.columns.iter().cloned().zip(values).collect::<serde_json::Map<_, _>>().into()
    }

    fn table(&self) -> anyhow::Result<()> {
        let short = |text: String| -> String {
            let text = text.replace(['\n', '\r', '\t'], " ");
            match text.char_indices().nth(CELL_CHARS_MAX) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        };
        let cells: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|it| short(plain(it))).collect()).collect();
        let chars = |text: &String| text.chars().count();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|n| {
                let widest = cells.iter().map(|row| chars(&row[n])).max().unwrap_or(0);
                widest.max(chars(&self.columns[n]))
            })
            .collect();
        let numeric: Vec<bool> = (0..self.columns.len())
            .map(|n| self.rows.iter().all(|row| row[n].is_number() || row[n].is_null()))
            .collect();
        let show = |row: &[String]| {
            let padded = row.iter().enumerate().map(|(n, cell)| {
                let width = widths[n];
                if numeric[n] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            output::line(padded.collect::<Vec<_>>().join("  ").trim_end())
        };
        show(&self.columns)?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        show(&rule)?;
        for row in &cells {
            if !show(row)? {
                return Ok(());
            }
        }
        let n = cells.len();
        output::talk(&format!("{n} row{}", if n == 1 { "" } else { "s" }));
        Ok(())
    }
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn csv_line(cells: impl Iterator<Item = String>) -> anyhow::Result<bool> {
    let cells: Vec<_> = cells.collect();
    let mut line = Vec::new();
    crate::export::csv::write_cells(&mut line, cells.iter().map(String::as_str))?;
    Ok(output::data(&line)?)
}
