//! `thumbwheel import`: feedback from a file, in flat memory, as often as you like.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;

use super::Done;
use super::args::{ImportArgs, ImportFormat};
use super::client::Client;
use super::output::{self, Usage};
use super::sender::{Progress, Sender};
use crate::config::Config;
use crate::interop;
use crate::interop::mapping::Mapping;
use crate::model::ids::ProjectName;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    options: ImportArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let mapping = Mapping::parse(&options.map).map_err(Usage)?;
    let format = format(&options)?;
    if format == ImportFormat::Parquet {
        return super::parquet::import(config, project, options, mapping).await;
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
    // What was taken before an error is taken: say so in either case.
    let told = sender.tell();
    let done = outcome.map(|()| told);
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
